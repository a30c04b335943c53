import HTTP2Frames
import Sockets

/// An HTTP/2 client that sends exactly the frames it is told to. Blocks, so it runs inside
/// `blocking`.
final class HTTP2TestClient {
    struct Answer {
        var isWhole = false
        var status: String?
        var fields: [(name: String, value: String)] = []
        var bytes: [UInt8] = []
        var body: String { String(decoding: bytes, as: UTF8.self) }
        /// Of RST_STREAM.
        var error: UInt32?

        subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    /// The connection has ended.
    struct End: Error {}

    let client: TestClient
    private let reader = FrameReader()
    private var answers: [UInt32: Answer] = [:]

    init(_ address: SocketAddress, settings: [(UInt16, UInt32)] = []) throws {
        client = try TestClient(address)
        try client.send(Frame.start(settings))
    }

    init(on client: TestClient) throws {
        self.client = client
        try client.send(Frame.start())
    }

    func send(_ frames: Frame...) throws { try client.send(frames.flatMap(\.bytes)) }

    func get(_ path: String, on stream: UInt32, _ more: (String, String)...) throws {
        try send(.headers(stream, Frame.request(path, more)))
    }

    func post(_ path: String, on stream: UInt32, _ more: (String, String)...) throws {
        try send(.headers(stream, Frame.request(path, method: "POST", more), ends: false))
    }

    /// The next frame, with SETTINGS and PING acknowledged.
    func frame() throws -> FrameReader.Received {
        while true {
            if let frame = reader.next() {
                if frame.description == "settings" { try send(.settingsAcknowledged) }
                return frame
            }
            let bytes = try client.receiveBytes()
            guard !bytes.isEmpty else { throw End() }
            reader.receive(bytes)
        }
    }

    /// The next frame of a type.
    func frame(ofType type: UInt8) throws -> FrameReader.Received {
        while true {
            let frame = try frame()
            if frame.frame.type == type { return frame }
        }
    }

    /// The answer on a stream, to its last frame; what comes on others is kept for later.
    func answer(on stream: UInt32) throws -> Answer {
        while answers[stream]?.isWhole != true {
            let next = try frame()
            guard next.frame.stream > 0 else { continue }
            var answer = answers[next.frame.stream] ?? Answer()
            switch next.frame.type {
            case 0: answer.bytes += next.frame.payload
            case 1: (answer.status, answer.fields) = (next[":status"], next.fields)
            case 3: answer.error = next.number
            default: break
            }
            answer.isWhole = answer.isWhole || next.endsStream || next.frame.type == 3
            answers[next.frame.stream] = answer
        }
        return answers[stream] ?? Answer()
    }

    /// The streams in the order in which their answers end.
    func order(of count: Int) throws -> [UInt32] {
        var streams: [UInt32] = []
        while streams.count < count {
            let next = try frame()
            if next.endsStream { streams.append(next.frame.stream) }
        }
        return streams
    }

    /// Reads to the end; the error that GOAWAY gave for it last.
    func endOfConnection() throws -> UInt32? {
        var error: UInt32?
        do {
            while true {
                let next = try frame()
                if next.frame.type == 7 { error = next.number }
            }
        } catch is End {
            return error
        }
    }
}
