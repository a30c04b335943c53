import Foundation
import Support

/// A client on one blocking socket, with nothing between the test and the bytes: it can send what
/// no proper client would, and sees exactly what comes back.
final class HTTPConnection {
    /// The other side closed or reset the connection before the answer was complete.
    struct BrokenOff: Error {
        /// It was refused or reset, so that what was sent may never have reached the program.
        var isReset = false
    }

    /// The server's bytes are no HTTP/1.1 answer.
    struct Unreadable: Error { var head: String }

    private static let patienceSeconds = 120

    private let descriptor: Int32
    private var input: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw BrokenOff(isReset: true) }
    }

    deinit { close(descriptor) }

    /// Sends a request and waits for its answer.
    func send(
        _ method: String, _ path: String, _ body: [UInt8] = [], fields: [String: String] = [:]
    ) throws -> HTTPAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\n"
        var fields = ["Host": "127.0.0.1", "Content-Length": "\(body.count)"]
            .merging(fields) { $1 }
        if !body.isEmpty, fields["Content-Type"] == nil {
            fields["Content-Type"] = "application/json"
        }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        try write(Array("\(head)\r\n".utf8) + body)
        return try readAnswer()
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BrokenOff(isReset: true) }
            sent += count
        }
    }

    func readAnswer() throws -> HTTPAnswer {
        let headEnd = Array("\r\n\r\n".utf8)
        while input.firstRange(of: headEnd) == nil { try receive() }
        guard let end = input.firstRange(of: headEnd) else { throw BrokenOff() }
        let head = String(decoding: input[..<end.lowerBound], as: UTF8.self)
        input.removeFirst(end.upperBound)
        guard var answer = HTTPAnswer(head: head) else { throw Unreadable(head: head) }
        guard let length = Int(answer.fields["content-length"] ?? "0") else {
            throw Unreadable(head: head)
        }
        while input.count < length { try receive() }
        answer.body = Array(input[..<length])
        input.removeFirst(length)
        return answer
    }

    /// What comes next, whatever it is; nothing at the end.
    func readSome() throws -> [UInt8] {
        while true {
            var part = [UInt8](repeating: 0, count: 64 * 1024)
            let count = part.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BrokenOff(isReset: errno == ECONNRESET) }
            return Array(part[..<count])
        }
    }

    private func receive() throws {
        let part = try readSome()
        guard !part.isEmpty else { throw BrokenOff() }
        input += part
    }
}

/// What came back. The service always says how long a content is, so nothing else is read.
struct HTTPAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let fields: [String: String]
    var body: [UInt8] = []

    init?(head: String) {
        let lines = head.components(separatedBy: "\r\n")
        let start = lines[0].split(separator: " ", maxSplits: 2)
        guard start.count >= 2, start[0] == "HTTP/1.1", let status = Int(start[1]) else {
            return nil
        }
        self.status = status
        fields = lines.dropFirst().reduce(into: [:]) { fields, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            fields[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    var json: JSONValue { get throws { try JSONValue(body) } }
    var text: String { String(decoding: body, as: UTF8.self) }
}
