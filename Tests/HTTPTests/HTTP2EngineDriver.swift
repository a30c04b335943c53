import HTTP
import HTTP2Frames

/// What an HTTP/2 engine made of some input, and what it sent for it. Adjacent parts of a body are
/// put together, so that two ways to cut the same bytes give equal traces.
struct HTTP2Trace: Equatable {
    var events: [String] = []
    var frames: [String] = []

    mutating func note(_ event: HTTP2Engine.Event) {
        switch event {
        case .head(let stream, let head):
            let fields = head.fields.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            events.append(
                "head \(stream.rawValue) \(head.method) \(head.path) \(head.framing) [\(fields)]")
        case .body(let stream, let part):
            let prefix = "body \(stream.rawValue) "
            let text = String(decoding: part, as: UTF8.self)
            if let last = events.last, last.hasPrefix(prefix) {
                events[events.count - 1] = last + text
            } else {
                events.append(prefix + text)
            }
        case .end(let stream): events.append("end \(stream.rawValue)")
        case .failed(let stream, let problem, _):
            events.append("failed \(stream.rawValue) \(problem.status.code)")
        case .closed(let stream): events.append("closed \(stream.rawValue)")
        case .shutdownSeen: events.append("shutdown seen")
        }
    }

    /// What the client was told of an error; nil where there is none.
    var error: String? {
        frames.last { $0.hasPrefix("goaway") || $0.hasPrefix("reset") }
            ?? events.last { $0.hasPrefix("failed") }
    }
}

extension HTTP2Engine {
    func receive(_ bytes: some Sequence<UInt8>) {
        Array(bytes).withUnsafeBytes { receive($0) }
    }

    func takeEvents(into trace: inout HTTP2Trace) {
        while let event = next() { trace.note(event) }
    }

    /// Takes all that there is to send.
    func takeFrames(_ reader: FrameReader) -> [FrameReader.Received] {
        var output: [UInt8] = []
        appendOutput(to: &output, upTo: .max)
        reader.receive(output)
        var frames: [FrameReader.Received] = []
        while let frame = reader.next() { frames.append(frame) }
        return frames
    }
}

/// Feeds the parts to a new engine, one after the other, then takes its output.
func http2Trace(
    _ parts: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits(), sendsEarly: Bool = false
) -> HTTP2Trace {
    let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
    var trace = HTTP2Trace()
    for part in parts {
        engine.receive(part)
        engine.takeEvents(into: &trace)
        if sendsEarly { trace.frames += engine.takeFrames(reader).map(\.description) }
    }
    trace.frames += engine.takeFrames(reader).map(\.description)
    engine.takeEvents(into: &trace)
    return trace
}

func http2Trace(_ frames: [Frame], limits: HTTPLimits = HTTPLimits()) -> HTTP2Trace {
    http2Trace([(Frame.start() + frames.flatMap(\.bytes))[...]], limits: limits)
}
