import HTTP

/// What an engine made of some input: adjacent parts of a body put together, so that two ways to
/// cut the same bytes give equal traces.
struct Trace: Equatable {
    var lines: [String] = []
    var bodyBytes = 0

    mutating func note(_ event: HTTP1Engine.Event) {
        switch event {
        case .head(let head):
            let fields = head.fields.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            lines.append(
                "head \(head.method) \(head.path) \(head.framing) \(head.keepsAlive) [\(fields)]")
        case .body(let part):
            bodyBytes += part.count
            let text = String(decoding: part, as: UTF8.self)
            if let last = lines.last, last.hasPrefix("body ") {
                lines[lines.count - 1] = last + text
            } else {
                lines.append("body " + text)
            }
        case .end: lines.append("end")
        case .needMore: break
        case .failed(let problem): lines.append("failed \(problem.status.code) \(problem.type)")
        }
    }

    var failure: Int? {
        lines.last.flatMap { $0.hasPrefix("failed ") ? Int($0.dropFirst(7).prefix(3)) : nil }
    }
}

/// Feeds the parts to a new engine, one after the other.
func trace(_ parts: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()) -> Trace {
    var engine = HTTP1Engine(limits: limits)
    var trace = Trace()
    for part in parts {
        part.withUnsafeBytes { engine.receive($0) }
        while true {
            let event = engine.next()
            if case .needMore = event { break }
            trace.note(event)
        }
    }
    return trace
}

func trace(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Trace {
    trace([Array(text.utf8)[...]], limits: limits)
}
