import Testing

@testable import HTTP

/// `uri-host [ ":" port ]` by RFC 3986 section 3.2.2.
@Suite struct HostSyntaxTests {
    @Test(arguments: [
        "", "h", "example.org", "EXAMPLE.org.", "xn--4ca.example", "a_b", "a~b!$&'()*+,;=", "a%41",
        "%C3%A9", "192.0.2.1", "256.1.1.1",  // a name, where no address
        "h:", "h:80", "h:0", "h:99999", ":80", "192.0.2.1:8080", "a%41:1",
        "[::]", "[::1]", "[::1]:8080", "[::1]:", "[2001:DB8::7]", "[1:2:3:4:5:6:7:8]",
        "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:192.0.2.1]:1", "[v1.a]", "[vF.a:b~c]", "[V1a.:]:443",
    ])
    func takes(host: String) {
        #expect(HostSyntax.isValid(host.utf8))
        #expect(HostSyntax.isValid(Array(host.utf8)[...]))
    }

    @Test(arguments: [
        "[[[:::abc", "h:99999x", "a%zz", "[[::x", "a b", "a\tb", "a/b", "a?b", "a#b", "a@b", "a\\b",
        "a\"b", "a<b", "a|b", "a^b", "a{b", "é", "a\0", "a%", "a%4", "a%4:80", "%g1", "h:+1",
        "h:-1",
        "h:1:2", "::1", "1:2:3:4:5:6:7:8", "a[b]", "h]", "[", "[]", "[:]", "[::1", "[::1]x",
        "[::1]80",
        "[::1]:x", "[::1]]", "[[::1]]", "[1:2:3]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]",
        "[1::2::3]", "[12345::]", "[g::]", "[::1%25eth0]", "[192.0.2.1]", "[::192.0.2.256]",
        "[::1\0]", "[1:2:3:4:5:6:7::8:9]", "[v.a]", "[v1.]", "[v1a]", "[vg.a]", "[v1.a%41]",
        "[v1.[]",
        "[" + String(repeating: "0", count: 60) + "::]",
    ])
    func refuses(host: String) {
        #expect(!HostSyntax.isValid(host.utf8))
    }
}
