import Support

/// A connection's other end.
struct Peer: Sendable {
    let address: IPAddress
    /// It passes on what others ask.
    let isProxy: Bool

    init(address: IPAddress, in forwarding: ForwardedClient) {
        self.address = address
        isProxy = forwarding.trusts(address)
    }

    /// Whose connections this one is counted among.
    var client: IPAddress? { isProxy ? nil : address.client }
}
