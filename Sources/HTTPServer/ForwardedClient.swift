import HTTP
import Support

/// Whose request it is that a proxy passes on.
///
/// Proxies write the address that they were called from behind those that came with the request. So
/// the list is read from its end, for as long as the one who wrote is a proxy that is trusted; what
/// stands before that anybody may have sent. A name that is no address ("unknown", or one made up to
/// hide it, RFC 7239 section 6) leaves the proxy that wrote it as the client.
package struct ForwardedClient: Sendable {
    /// Which field the proxies write. Only one is read: a proxy that writes one passes on the other
    /// as the client has sent it.
    package enum Field: String, Sendable, CaseIterable {
        case xForwardedFor = "X-Forwarded-For"
        /// RFC 7239.
        case forwarded = "Forwarded"
    }

    package var trustedProxies: [IPNetwork]
    package var field: Field

    package init(trustedProxies: [IPNetwork] = [], field: Field = .xForwardedFor) {
        self.trustedProxies = trustedProxies
        self.field = field
    }

    package func trusts(_ address: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }

    /// - Parameter proxy: The trusted one that the request came from.
    package func client(of fields: Fields, behind proxy: IPAddress) -> IPAddress {
        var client = proxy
        let nodes = nodes(fields)
        for node in nodes.reversed() {
            guard let address = node.flatMap(Self.address) else { return Self.unnamed(by: client) }
            client = address
            guard trusts(address) else { return client }
        }
        return nodes.isEmpty ? Self.unnamed(by: client) : client
    }

    /// Somebody of whom a proxy doesn't say who it is: never a program on this machine, which may do
    /// what others need a key for.
    private static func unnamed(by proxy: IPAddress) -> IPAddress {
        proxy.isLoopback ? .nobody : proxy
    }

    /// Each proxy's word on who called it, in order; nil for none.
    private func nodes(_ fields: Fields) -> [String?] {
        switch field {
        case .xForwardedFor: fields.list(field.rawValue).map(String.init)
        case .forwarded: fields.values(of: field.rawValue).flatMap(Self.forwardedNodes)
        }
    }

    /// The `for` of each element of a Forwarded field (RFC 7239 section 4). A field that can't be read
    /// says nothing.
    static func forwardedNodes(_ line: String) -> [String?] {
        var reader = ForwardedReader(line)
        return reader.elements() ?? [nil]
    }

    /// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, the last and the first also with a port.
    private static func address(_ node: String) -> IPAddress? {
        if let address = IPAddress(node) { return address }
        guard let end = node.hasPrefix("[") ? node.firstIndex(of: "]") : node.firstIndex(of: ":")
        else { return nil }
        guard node.hasPrefix("[") else { return IPAddress(node[..<end]) }
        let rest = node[end...].dropFirst()
        guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        return IPAddress(node[..<end].dropFirst())
    }
}

/// Reads `for=192.0.2.43, for="[2001:db8::17]:4711";proto=https` (RFC 7239 section 4).
private struct ForwardedReader {
    private var rest: Substring.UTF8View

    init(_ line: String) {
        rest = Substring(line).utf8
    }

    /// The `for` of each element; nil where the field breaks the grammar.
    mutating func elements() -> [String?]? {
        var nodes: [String?] = []
        while true {
            guard let node = element() else { return nil }
            nodes.append(node)
            skipSpace()
            if rest.isEmpty { return nodes }
            guard take(",") else { return nil }
        }
    }

    private mutating func element() -> String?? {
        var node: String?
        repeat {
            skipSpace()
            let name = token()
            if name.isEmpty { continue }
            guard take("="), let value = take("\"") ? quoted() : token() else { return nil }
            if name.lowercased() == "for" { node = value }
            skipSpace()
        } while take(";")
        return .some(node)
    }

    private mutating func token() -> String {
        let end = rest.firstIndex { byte in
            " \t,;=\"".utf8.contains(byte)
        }
        defer { rest = rest[(end ?? rest.endIndex)...] }
        return String(Substring(rest[..<(end ?? rest.endIndex)]))
    }

    /// To the closing quote; a backslash stands before what it quotes.
    private mutating func quoted() -> String? {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst() else { return nil }
                bytes.append(next)
            } else {
                bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func skipSpace() {
        while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }
}
