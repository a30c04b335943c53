import HTTP
import HTTPServer
import Support
import Testing

/// Proxies are 10.0.0.0/8 and 2001:db8:ff::/48; the request comes from 10.0.0.1.
@Suite struct ForwardedClientTests {
    private func client(
        _ field: ForwardedClient.Field, _ lines: [String], other: String? = nil
    ) throws -> String {
        let networks = try ["10.0.0.0/8", "2001:db8:ff::/48"].map { try #require(IPNetwork($0)) }
        let forwarding = ForwardedClient(trustedProxies: networks, field: field)
        var fields = Fields()
        for line in lines { fields.append(name: field.rawValue, value: line) }
        if let other { fields.append(name: other, value: "192.0.2.66") }
        let proxy = try #require(IPAddress("10.0.0.1"))
        return forwarding.client(of: fields, behind: proxy).description
    }

    @Test(
        arguments: [
            ([], "10.0.0.1"), ([""], "10.0.0.1"), (["192.0.2.1"], "192.0.2.1"),
            (["192.0.2.66, 192.0.2.1"], "192.0.2.1"), (["192.0.2.66", "192.0.2.1"], "192.0.2.1"),
            (["192.0.2.66,192.0.2.1 ,\t10.0.0.2, 2001:db8:ff::9"], "192.0.2.1"),
            (["10.0.0.3, 10.0.0.2"], "10.0.0.3"), (["2001:db8::1"], "2001:db8::1"),
            (["[2001:db8::1]:443"], "2001:db8::1"), (["[2001:db8::1]"], "2001:db8::1"),
            (["192.0.2.1:65000"], "192.0.2.1"), (["192.0.2.1, unknown"], "10.0.0.1"),
            (["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"), (["[192.0.2.1"], "10.0.0.1"),
            (["[2001:db8::1]x"], "10.0.0.1"), (["example.org"], "10.0.0.1"),
            ([", ,192.0.2.1,"], "192.0.2.1"),
        ] as [([String], String)])
    func readsXForwardedForFromItsEnd(lines: [String], expected: String) throws {
        #expect(try client(.xForwardedFor, lines) == expected)
    }

    @Test(
        arguments: [
            ([], "10.0.0.1"), (["for=192.0.2.1"], "192.0.2.1"),
            (["For=\"192.0.2.1:80\""], "192.0.2.1"),
            (["for=192.0.2.66, for=192.0.2.1;proto=https;by=10.0.0.1"], "192.0.2.1"),
            (["for=192.0.2.66", "proto=http; for=192.0.2.1"], "192.0.2.1"),
            (["for=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (["for=\"[2001:db8::1]\""], "2001:db8::1"),
            (["for=192.0.2.1, for=10.0.0.2"], "192.0.2.1"),
            (["for=192.0.2.1, for=_hidden"], "10.0.0.1"),
            (["for=192.0.2.1, for=unknown, for=10.0.0.2"], "10.0.0.2"),
            (["for=192.0.2.1, by=10.0.0.2"], "10.0.0.1"),
            // What a client has quoted is one value, whatever it looks like.
            (["for=192.0.2.1;host=\", for=192.0.2.66\""], "192.0.2.1"),
            (["for=192.0.2.1;host=\"\\\", for=192.0.2.66\""], "192.0.2.1"),
            (["for=\"192.0.2.1"], "10.0.0.1"), (["for"], "10.0.0.1"),
            (["for=192.0.2.1 x"], "10.0.0.1"),
            (["192.0.2.1"], "10.0.0.1"),
        ] as [([String], String)])
    func readsForwardedFromItsEnd(lines: [String], expected: String) throws {
        #expect(try client(.forwarded, lines) == expected)
    }

    /// On this machine, where somebody of whom it says nothing mustn't pass as one of its programs.
    @Test(
        arguments: [
            ([], "100::"), (["for=\"x"], "100::"), (["for=unknown"], "100::"),
            (["for=192.0.2.1, for=_hidden"], "100::"), (["for=192.0.2.1"], "192.0.2.1"),
            (["for=127.0.0.1"], "127.0.0.1"),
        ] as [([String], String)])
    func aLocalProxyNamesItsClients(lines: [String], expected: String) throws {
        let local = try #require(IPAddress("127.0.0.1"))
        let forwarding = ForwardedClient(
            trustedProxies: [try #require(IPNetwork("127.0.0.0/8"))], field: .forwarded)
        var fields = Fields()
        for line in lines { fields.append(name: "Forwarded", value: line) }
        #expect(forwarding.client(of: fields, behind: local).description == expected)
    }

    /// A proxy that writes one of the fields passes on the other as the client has sent it.
    @Test func readsTheConfiguredFieldOnly() throws {
        #expect(try client(.xForwardedFor, [], other: "Forwarded") == "10.0.0.1")
        #expect(try client(.forwarded, [], other: "X-Forwarded-For") == "10.0.0.1")
    }
}
