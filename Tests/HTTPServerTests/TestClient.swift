import Foundation
import HTTP
import Sockets

/// A client that sends exactly the bytes it is told to. Blocks, so it runs inside `blocking`.
final class TestClient {
    struct Broken: Error {}

    struct Answer {
        var status: Int
        var fields: [String: String]
        var bytes: [UInt8]
        var body: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(_ address: SocketAddress) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Broken() }
        // What one call sends shall have arrived when the server has passed its ticks.
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        // A server that never answers fails its test; it doesn't hold up all of them.
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Broken() }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends until the other side's buffers and our own are full, or `limit` is reached.
    func sendWithoutWaiting(upTo limit: Int) -> Int {
        let part = [UInt8](repeating: 0x78, count: 64 * 1024)
        var sent = 0
        while sent < limit {
            let count = part.withUnsafeBytes {
                Foundation.send(
                    descriptor, $0.baseAddress, min($0.count, limit - sent),
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    /// Has the end of this client reset the connection, as that of a killed program may.
    func resetAtEnd() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next answer; an interim one counts too.
    func answer(toHead: Bool = false) throws -> Answer {
        var end: Range<Int>?
        while end == nil {
            end = received.firstRange(of: Array("\r\n\r\n".utf8))
            if end == nil { try receive() }
        }
        let headEnd = end?.lowerBound ?? 0
        let lines = String(decoding: received[..<headEnd], as: UTF8.self)
            .components(separatedBy: "\r\n")
        received.removeFirst(headEnd + 4)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            fields[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
        }
        let length = toHead ? 0 : Int(fields["content-length"] ?? "0") ?? 0
        while received.count < length { try receive() }
        let body = Array(received.prefix(length))
        received.removeFirst(length)
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Answer(status: status ?? 0, fields: fields, bytes: body)
    }

    /// Whether anything has come, or comes within so many milliseconds.
    func hasInput(within milliseconds: Int32) -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        return !received.isEmpty || poll(&descriptors, 1, milliseconds) > 0
    }

    /// Whether the server ends the connection in good order, with nothing more to read.
    func isAtEnd() throws -> Bool {
        guard received.isEmpty else { return false }
        do { try receive() } catch is End { return true }
        return false
    }

    /// What has come, whatever it is; nothing at the end.
    func receiveBytes() throws -> [UInt8] {
        if received.isEmpty {
            do { try receive() } catch is End { return [] }
        }
        defer { received = [] }
        return received
    }

    private struct End: Error {}

    private func receive() throws {
        var part = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &part, part.count, 0)
        guard count >= 0 else { throw Broken() }
        guard count > 0 else { throw End() }
        received += part[..<count]
    }
}

/// Runs a blocking conversation on a thread of its own: the handlers need Swift's pool.
func blocking<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
