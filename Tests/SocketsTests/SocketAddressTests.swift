import Sockets
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80"), ("0.0.0.0:0", "0.0.0.0:0"),
        ("localhost:8080", "127.0.0.1:8080"), ("[::1]:65535", "[::1]:65535"),
        ("[::]:1", "[::]:1"), ("[2001:DB8::0:1]:1", "[2001:db8::1]:1"),
    ])
    func readsAndPrints(text: String, printed: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == printed)
    }

    @Test(arguments: [
        "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80",
        "[127.0.0.1]:80", "[::1]80", "example.org:80", "127.0.0.256:1",
    ])
    func refuses(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func theKernelKnowsTheAddress(host: String) throws {
        let address = try #require(SocketAddress(host: host, port: 0))
        let listener = try Socket.listen(on: address, backlog: 1)
        let bound = try listener.localAddress()
        #expect(bound.host == host)
        #expect(bound.port != 0)
        let second = #expect(throws: SystemError.self) {
            _ = try Socket.listen(on: bound, backlog: 1)
        }
        #expect(second?.call == "bind")
    }
}
