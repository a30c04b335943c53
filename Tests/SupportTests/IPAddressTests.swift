import Support
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1", true), ("127.255.255.255", "127.255.255.255", true),
        ("128.0.0.1", "128.0.0.1", false), ("126.255.255.255", "126.255.255.255", false),
        ("0.0.0.0", "0.0.0.0", false), ("255.255.255.255", "255.255.255.255", false),
        ("::1", "::1", true), ("::", "::", false), ("::2", "::2", false),
        ("2001:DB8::0:1", "2001:db8::1", false), ("::ffff:10.1.2.3", "10.1.2.3", false),
        ("::ffff:127.0.0.1", "127.0.0.1", true),
    ])
    func readsAndPrints(text: String, printed: String, isLoopback: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == printed)
        #expect(address.isLoopback == isLoopback)
        #expect(IPAddress(printed) == address)
    }

    @Test(arguments: [
        "", "localhost", "127.1", "1.2.3.4.5", "256.1.1.1", "[::1]", "::1:::", "1.2.3.4 ",
        "fe80::1%eth0", "1.2.3.4:80",
    ])
    func refuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func aClientOfIPv6HasANetwork() throws {
        func client(_ text: String) -> IPAddress? { IPAddress(text)?.client }
        #expect(client("2001:db8:1:2::1") == client("2001:db8:1:2:ffff::9"))
        #expect(client("2001:db8:1:2::1") != client("2001:db8:1:3::1"))
        #expect(client("192.0.2.1") != client("192.0.2.2"))
        #expect(client("::1") == IPAddress("::1"))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("10.0.0.0/8", "a00::1", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("192.0.2.6/31", "192.0.2.7", true), ("192.0.2.6/31", "192.0.2.8", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/64", "2001:db8::1:0:0:1", true),
        ("2001:db8::/64", "2001:db8:0:1::1", false), ("::1", "::1", true), ("::1", "::2", false),
        ("2001:db8::8/125", "2001:db8::f", true), ("2001:db8::8/125", "2001:db8::10", false),
    ])
    func networksContain(network: String, address: String, isInside: Bool) throws {
        let network = try #require(IPNetwork(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.1/8", "::/129",
        "2001:db8::1/64", "example.org/8", "10.0.0.0/8/8", "/8",
    ])
    func refusesWhatIsNoNetwork(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
