import Support

/// Names of this machine.
package enum LoopbackHost {
    /// `localhost`, `127.…` or `[::1]`, with or without a port.
    package static func isName(_ host: String) -> Bool {
        var name = Substring(host.lowercased())
        if name == "::1" { return true }
        if let colon = name.lastIndex(of: ":"), name.last != "]" {
            guard name[colon...].dropFirst().allSatisfy(\.isWholeNumber) else { return false }
            name = name[..<colon]
        }
        if name == "localhost" || name == "[::1]" { return true }
        guard let address = IPAddress(name) else { return false }
        return address.isV4 && address.isLoopback
    }
}
