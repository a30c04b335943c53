import Foundation

/// `uri-host [ ":" port ]`, what Host and an authority hold (RFC 9110 section 7.2), by RFC 3986
/// section 3.2.2; it may be empty. Nothing is allocated: this is looked at for each request.
enum HostSyntax {
    static func isValid<Bytes: Collection<UInt8>>(_ host: Bytes) -> Bool {
        guard host.first == UInt8(ascii: "[") else {
            let name = host.prefix { $0 != ASCII.colon }
            return isRegisteredName(name) && isPort(host[name.endIndex...])
        }
        guard let end = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
        let literal = host[host.index(after: host.startIndex)..<end]
        return isAddress(literal) && isPort(host[host.index(after: end)...])
    }

    /// Nothing, or a colon with the digits behind it, of which there may be none (section 3.2.3).
    private static func isPort(_ rest: some Collection<UInt8>) -> Bool {
        guard let first = rest.first else { return true }
        return first == ASCII.colon && rest.dropFirst().allSatisfy(ASCII.isDigit)
    }

    /// `*( unreserved / pct-encoded / sub-delims )`, which an IPv4 address is as well.
    private static func isRegisteredName(_ name: some Collection<UInt8>) -> Bool {
        var digitsToCome = 0
        for byte in name {
            if digitsToCome > 0 {
                guard ASCII.hexValue(byte) != nil else { return false }
                digitsToCome -= 1
            } else if byte == ASCII.percent {
                digitsToCome = 2
            } else if !ASCII.isRegisteredName(byte) {
                return false
            }
        }
        return digitsToCome == 0
    }

    /// `IPv6address / IPvFuture`, which stand between brackets.
    private static func isAddress(_ literal: some Collection<UInt8>) -> Bool {
        guard let first = literal.first else { return false }
        return ASCII.lowercase(first) == UInt8(ascii: "v")
            ? isFutureAddress(literal.dropFirst()) : isIPv6(literal)
    }

    /// `1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`, behind the `v`.
    private static func isFutureAddress(_ rest: some Collection<UInt8>) -> Bool {
        let version = rest.prefix { $0 != UInt8(ascii: ".") }
        let address = rest[version.endIndex...].dropFirst()
        return !version.isEmpty && version.allSatisfy { ASCII.hexValue($0) != nil }
            && !address.isEmpty
            && address.allSatisfy { ASCII.isRegisteredName($0) || $0 == ASCII.colon }
    }

    /// `inet_pton` takes what section 3.2.2 does, the last 32 bits as an IPv4 address included.
    private static func isIPv6(_ literal: some Collection<UInt8>) -> Bool {
        guard literal.count < Int(INET6_ADDRSTRLEN),
            literal.allSatisfy({
                ASCII.hexValue($0) != nil || $0 == ASCII.colon || $0 == UInt8(ascii: ".")
            })
        else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: literal.count + 1) { text in
            for (place, byte) in literal.enumerated() { text[place] = CChar(byte) }
            text[literal.count] = 0
            var address = in6_addr()
            return text.baseAddress.map { inet_pton(AF_INET6, $0, &address) == 1 } ?? false
        }
    }
}
