import HTTP
import Sockets

/// What a connection has to send, in order. Small answers are put together, so that a batch of
/// them is one write; a large body is queued as it is, without being copied.
struct OutputQueue {
    private var segments: [[UInt8]] = [[]]
    /// Bytes of the first segment that are sent.
    private var sent = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends what `write` appends.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        let last = segments.count - 1
        count -= segments[last].count
        write(&segments[last])
        count += segments[last].count
    }

    mutating func append(body: [UInt8]) {
        if body.count < Self.copiedBytes {
            append { $0 += body }
        } else {
            segments.append(body)
            segments.append([])
            count += body.count
        }
    }

    /// Sends as much as the socket takes.
    ///
    /// - Returns: How many bytes that was.
    mutating func flush(to socket: borrowing Socket) throws(SystemError) -> Int {
        let before = count
        while count > 0 {
            let remaining = segments[0].count - sent
            if remaining > 0 {
                switch try write(to: socket) {
                case .wouldBlock: return before - count
                case .done(let written):
                    sent += written
                    count -= written
                    if written < remaining { continue }
                }
            }
            dropFirst()
        }
        return before
    }

    private func write(to socket: borrowing Socket) throws(SystemError) -> IOResult<Int> {
        let (first, start, more) = (segments[0], sent, count > segments[0].count - sent)
        return try first.withUnsafeBufferPointer { bytes throws(SystemError) in
            let rest = UnsafeBufferPointer(rebasing: bytes[start...])
            return try socket.write(UnsafeRawBufferPointer(rest), more: more)
        }
    }

    private mutating func dropFirst() {
        sent = 0
        if segments.count > 1 {
            segments.removeFirst()
        } else if segments[0].capacity > Self.copiedBytes {
            segments[0] = []
        } else {
            segments[0].removeAll(keepingCapacity: true)
        }
    }

    private static let copiedBytes = 16 * 1024
}
