import Foundation
import Support

/// An IPv4 or IPv6 address with a port, as `HOST:PORT` or `[HOST]:PORT`.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    package let ip: IP
    package let port: UInt16

    package enum IP: Hashable, Sendable {
        case v4([UInt8])
        case v6([UInt8])
    }

    /// - Parameter host: An address in numbers, or `localhost`. Names aren't looked up: a server
    ///   listens where it is told to, not where a resolver says.
    package init?(host: String, port: UInt16) {
        if let bytes = Self.parse(host == "localhost" ? "127.0.0.1" : host, AF_INET, count: 4) {
            ip = .v4(bytes)
        } else if let bytes = Self.parse(host, AF_INET6, count: 16) {
            ip = .v6(bytes)
        } else {
            return nil
        }
        self.port = port
    }

    /// Reads `127.0.0.1:8080` or `[::1]:8080`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            text[colon...].dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(text[colon...].dropFirst())
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    package var host: String {
        switch ip {
        case .v4(let bytes): Self.print(bytes, AF_INET)
        case .v6(let bytes): Self.print(bytes, AF_INET6)
        }
    }

    package var ipAddress: IPAddress {
        switch ip {
        case .v4(let bytes), .v6(let bytes): IPAddress(bytes: bytes)
        }
    }

    package var description: String {
        switch ip {
        case .v4: "\(host):\(port)"
        case .v6: "[\(host)]:\(port)"
        }
    }

    private static func parse(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func print(_ bytes: [UInt8], _ family: Int32) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Between this and the kernel's layout.
extension SocketAddress {
    var family: Int32 {
        switch ip {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Nil for a family that isn't IP.
    init?(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) }
            ip = .v4(withUnsafeBytes(of: address.sin_addr) { Array($0) })
            port = UInt16(bigEndian: address.sin_port)
        case AF_INET6:
            let address = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
            ip = .v6(withUnsafeBytes(of: address.sin6_addr) { Array($0) })
            port = UInt16(bigEndian: address.sin6_port)
        default: return nil
        }
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch ip {
        case .v4(let bytes):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
            return Self.with(address, body)
        case .v6(let bytes):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
            return Self.with(address, body)
        }
    }

    private static func with<Address, Result>(
        _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
