import Foundation

/// An IPv4 or IPv6 address in 16 bytes, without any memory of its own. IPv4 is kept in its mapped
/// form (RFC 4291 section 2.5.5.2), which is also how a socket of both families names it.
package struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// `::`, which is nobody's: where no address is known.
    package static let unspecified = IPAddress(high: 0, low: 0)

    /// `100::`, which nobody can have (RFC 6666): a client whose address isn't told.
    package static let nobody = IPAddress(high: 0x0100 << 48, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: In network order.
    /// - Precondition: There are 4 or 16.
    package init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == 4 || bytes.count == 16, "\(bytes.count) bytes are no address")
        func number(_ part: some Sequence<UInt8>) -> UInt64 {
            part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        if bytes.count == 4 {
            self.init(high: 0, low: Self.mapped | number(bytes))
        } else {
            self.init(high: number(bytes.prefix(8)), low: number(bytes.suffix(8)))
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(high: 0, low: Self.mapped | UInt64(UInt32(bigEndian: v4.s_addr)))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = withUnsafeBytes(of: v6) { IPAddress(bytes: $0) }
        } else {
            return nil
        }
    }

    package var isV4: Bool { high == 0 && low & ~0xFFFF_FFFF == Self.mapped }

    /// Whether only this machine has the address.
    package var isLoopback: Bool {
        isV4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1
    }

    /// What one client has: an IPv4 address, or the 64 bits that tell a network of IPv6, within
    /// which a client takes as many addresses as it likes (RFC 4291 section 2.5.1, RFC 8981).
    package var client: IPAddress { isV4 || isLoopback ? self : IPAddress(high: high, low: 0) }

    private static let mapped: UInt64 = 0xFFFF_0000_0000
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        let bytes = [high, low].flatMap { part in
            (0..<8).map { UInt8(truncatingIfNeeded: part >> (56 - 8 * $0)) }
        }
        return isV4 ? Self.text(Array(bytes.suffix(4)), AF_INET) : Self.text(bytes, AF_INET6)
    }

    private static func text(_ bytes: [UInt8], _ family: Int32) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Addresses that begin alike, as `10.0.0.0/8` names them (RFC 4632 section 3.1, RFC 4291 section
/// 2.3).
package struct IPNetwork: Hashable, Sendable {
    private let base: IPAddress
    /// Of the 128 bits of the mapped form.
    private let prefixLength: Int

    /// Reads an address, which stands for itself, or one with the length of its prefix; nil for
    /// anything else, also where bits behind the prefix are set.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = IPAddress(parts[0]) else { return nil }
        let bits = parts[0].contains(":") ? 128 : 32
        var length = bits
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = Int(parts[1]), (0...bits).contains(given)
            else { return nil }
            length = given
        }
        self.base = base
        prefixLength = 128 - bits + length
        guard Self.masked(base, prefixLength) == base else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool {
        Self.masked(address, prefixLength) == base
    }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        // Shifts by the whole width give zero.
        IPAddress(
            high: address.high & ~(UInt64.max >> UInt64(min(length, 64))),
            low: address.low & ~(UInt64.max >> UInt64(max(length - 64, 0))))
    }
}
