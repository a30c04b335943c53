import HTTP2Frames

/// An HTTP/2 client on one blocking connection, with several requests under way at a time.
final class HTTP2Connection {
    private static let noLimit: UInt32 = 0x7FFF_FFFF

    private let connection: HTTPConnection
    private let reader = FrameReader()
    /// The status of each stream that is answered to its end.
    private(set) var statuses: [UInt32: String] = [:]
    /// The server has said that it will end the connection.
    private(set) var isEnding = false
    /// Of the server's last GOAWAY: the streams up to it count.
    private(set) var lastStream: UInt32?
    private var heads: [UInt32: String] = [:]

    init(port: UInt16) throws {
        connection = try HTTPConnection(port: port)
        try connection.write(Frame.start())
    }

    func post(_ path: String, _ json: String, on stream: UInt32) throws {
        let head = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
            ("content-type", "application/json"),
        ]
        try connection.write(
            Frame.headers(stream, head, ends: false).bytes + Frame.data(stream, json).bytes)
    }

    /// Waits for something and takes it.
    ///
    /// - Returns: False at the end of the connection.
    func read() throws -> Bool {
        let bytes = try connection.readSome()
        reader.receive(bytes)
        while let received = reader.next() { try take(received) }
        return !bytes.isEmpty
    }

    private func take(_ received: FrameReader.Received) throws {
        let (frame, stream) = (received.frame, received.frame.stream)
        switch frame.type {
        case 0 where !frame.payload.isEmpty:
            try connection.write(Frame.windowUpdate(0, UInt32(frame.payload.count)).bytes)
        case 1: heads[stream] = received[":status"]
        case 3: statuses[stream] = "reset \(received.number)"
        case 4 where !received.isAcknowledgement:
            try connection.write(Frame.settingsAcknowledged.bytes)
        case 6 where !received.isAcknowledgement:
            try connection.write(Frame(6, flags: Frame.acknowledges, frame.payload).bytes)
        case 7:
            isEnding = true
            if received.lastStream != Self.noLimit { lastStream = received.lastStream }
        default: break
        }
        if stream > 0, received.endsStream { statuses[stream] = heads[stream] }
    }
}
