import HTTP
import Testing

/// A request that must be refused, the status, and the rule.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let rule: String
    let status: Int
    let text: String

    init(_ rule: String, _ status: Int, _ text: String) {
        (self.rule, self.status, self.text) = (rule, status, text)
    }

    var testDescription: String { rule }
}

struct GoodRequest: Sendable, CustomTestStringConvertible {
    let rule: String
    let text: String
    let lines: [String]

    init(_ rule: String, _ text: String, _ lines: String...) {
        (self.rule, self.text, self.lines) = (rule, text, lines)
    }

    var testDescription: String { rule }
}

let goodRequests = [
    GoodRequest(
        "RFC 9112, 3: a request line and fields", "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n",
        "head GET /a none true [Host=h]", "end"),
    GoodRequest(
        "RFC 9112, 5.1: optional whitespace around the value",
        "GET / HTTP/1.1\r\nHost:\t h \t\r\nX:\r\n\r\n", "head GET / none true [Host=h|X=]", "end"),
    GoodRequest(
        "RFC 9110, 5.5: obs-text in a value is kept", "GET / HTTP/1.1\r\nHost: h\r\nX: é\r\n\r\n",
        "head GET / none true [Host=h|X=é]", "end"),
    GoodRequest(
        "RFC 9112, 2.2: an empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "head GET / none true [Host=h]", "end"),
    GoodRequest(
        "RFC 9112, 3.2.2: absolute-form overrules Host",
        "GET http://b:8/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
        "head GET /x none true [Host=b:8]", "end"),
    GoodRequest(
        "RFC 9112, 3.2.2: absolute-form without a path",
        "GET http://b?y HTTP/1.1\r\nHost: b\r\n\r\n", "head GET / none true [Host=b]", "end"),
    GoodRequest(
        "RFC 9112, 3.2.4: asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        "head OPTIONS * none true [Host=h]", "end"),
    GoodRequest(
        "RFC 9112, 3.2: an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "head GET / none true [Host=]", "end"),
    GoodRequest(
        "RFC 3986, 3.2.2: an IPv6 address with a port",
        "GET / HTTP/1.1\r\nHost: [2001:db8::7]:80\r\n\r\n",
        "head GET / none true [Host=[2001:db8::7]:80]", "end"),
    GoodRequest(
        "RFC 3986, 3.2.2: an encoded name and an empty port",
        "GET / HTTP/1.1\r\nHost: a%C3%a9:\r\n\r\n",
        "head GET / none true [Host=a%C3%a9:]", "end"),
    GoodRequest(
        "RFC 9112, 9.3: close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n",
        "head GET / none false [Host=h|Connection=x, Close]", "end"),
    GoodRequest(
        "RFC 9112, 9.3: HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", "head GET / none false []",
        "end"),
    GoodRequest(
        "RFC 9112, 9.3: HTTP/1.0 with keep-alive",
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
        "head GET / none true [Connection=Keep-Alive]", "end"),
    GoodRequest(
        "RFC 9110, 2.5: a higher minor version", "GET / HTTP/1.7\r\nHost: h\r\n\r\n",
        "head GET / none true [Host=h]", "end"),
    GoodRequest(
        "RFC 9112, 6.2: Content-Length",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "head POST / length(5) true [Host=h|Content-Length=5]", "body hello", "end"),
    GoodRequest(
        "RFC 9110, 8.6: leading zeros",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 002\r\n\r\nhi",
        "head POST / length(2) true [Host=h|Content-Length=002]", "body hi", "end"),
    GoodRequest(
        "RFC 9112, 7.1: chunks, extensions and trailers",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "3;a=\"b\"\r\nabc\r\n0A ;x\r\n0123456789\r\n000\r\nT: t\r\n\r\n",
        "head POST / chunked true [Host=h|Transfer-Encoding=Chunked]", "body abc0123456789", "end"),
    GoodRequest(
        "RFC 9110, 5.6.1: empty list elements",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: , chunked,\r\n\r\n0\r\n\r\n",
        "head POST / chunked true [Host=h|Transfer-Encoding=, chunked,]", "end"),
    GoodRequest(
        "RFC 9112, 9.3.2: pipelining",
        "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
            + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "head POST /1 length(1) true [Host=h|Content-Length=1]", "body x", "end",
        "head GET /2 none true [Host=h]", "end"),
]

private let host = "Host: h\r\n"
private let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

let badRequests = [
    BadRequest("RFC 9112, 3: two parts only", 400, "GET /\r\n"),
    BadRequest("RFC 9112, 3: two spaces", 400, "GET  / HTTP/1.1\r\n"),
    BadRequest("RFC 9112, 3: a space behind the version", 400, "GET / HTTP/1.1 \r\n"),
    BadRequest("RFC 9112, 3.1: the method is no token", 400, "G@T / HTTP/1.1\r\n"),
    BadRequest("RFC 9112, 3.2: a target of no form", 400, "GET a HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: * without OPTIONS", 400, "GET * HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: a fragment", 400, "GET /a#b HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: a control character", 400, "GET /\u{1} HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: beyond ASCII", 400, "GET /é HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 3986, 2.1: a broken escape", 400, "GET /?a=%4 HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9110, 9.3.6: CONNECT", 501, "CONNECT h:1 HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 2.3: lower case", 400, "GET / http/1.1\r\n"),
    BadRequest("RFC 9112, 2.3: more digits", 400, "GET / HTTP/1.10\r\n"),
    BadRequest("RFC 9110, 15.6.6: HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    BadRequest("RFC 9110, 15.6.6: HTTP/0.9", 505, "GET / HTTP/0.9\r\n"),
    BadRequest("RFC 9112, 2.2: a bare line feed", 400, "GET / HTTP/1.1\n\(host)\r\n"),
    BadRequest("RFC 9112, 2.2: a bare CR in the request line", 400, "GET /\r HTTP/1.1\r\n"),
    BadRequest("RFC 9112, 2.2: two CRs", 400, "GET / HTTP/1.1\r\nX: a\r\r\n"),
    BadRequest("RFC 9112, 2.2: two empty lines at first", 400, "\r\n\r\nGET / HTTP/1.1\r\n"),
    BadRequest("RFC 9112, 3: a tab for a space", 400, "GET\t/ HTTP/1.1\r\n"),
    BadRequest("RFC 9112, 3: no method", 400, " / HTTP/1.1\r\n"),
    BadRequest(
        "RFC 9112, 3.2.2: a user in the target", 400, "GET http://u@h/ HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2.2: no authority", 400, "GET http:/// HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 3.2.2: another scheme", 400, "GET ftp://h/ HTTP/1.1\r\n\(host)\r\n"),
    BadRequest("RFC 9112, 2.2: a bare CR in a field", 400, "GET / HTTP/1.1\r\nHost: a\rb\r\n"),
    BadRequest(
        "RFC 9112, 2.2: whitespace before the fields", 400, "GET / HTTP/1.1\r\n Host: h\r\n"),
    BadRequest("RFC 9112, 5.1: a space before the colon", 400, "GET / HTTP/1.1\r\nHost : h\r\n"),
    BadRequest("RFC 9112, 5: no name", 400, "GET / HTTP/1.1\r\n: h\r\n"),
    BadRequest("RFC 9112, 5: no colon", 400, "GET / HTTP/1.1\r\nHost\r\n"),
    BadRequest("RFC 9112, 5.2: a folded line", 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n"),
    BadRequest("RFC 9110, 5.5: NUL in a value", 400, "GET / HTTP/1.1\r\nHost: a\u{0}b\r\n"),
    BadRequest("RFC 9110, 5.5: DEL in a value", 400, "GET / HTTP/1.1\r\nHost: a\u{7F}b\r\n"),
    BadRequest("RFC 9112, 3.2: no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    BadRequest("RFC 9112, 3.2: two Hosts", 400, "GET / HTTP/1.1\r\n\(host)\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: two Hosts in 1.0", 400, "GET / HTTP/1.0\r\n\(host)\(host)\r\n"),
    BadRequest("RFC 9112, 3.2: a user in Host", 400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
    BadRequest("RFC 9112, 3.2: a path in Host", 400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
    BadRequest("RFC 9112, 3.2: no Host at all", 400, "GET / HTTP/1.1\r\nHost: [[[:::abc\r\n\r\n"),
    BadRequest("RFC 3986, 3.2.3: no port", 400, "GET / HTTP/1.1\r\nHost: h:99999x\r\n\r\n"),
    BadRequest(
        "RFC 3986, 2.1: a broken escape in Host", 400, "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n"),
    BadRequest(
        "RFC 3986, 3.2.2: brackets around no address", 400,
        "GET http://[1:2]/ HTTP/1.1\r\n\(host)\r\n"),
    BadRequest(
        "RFC 9112, 6.1: both lengths", 400,
        "POST / HTTP/1.1\r\n\(host)Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.1: both lengths, the other way round", 400,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
    BadRequest(
        "RFC 9110, 8.6: a space between digits", 400,
        "POST / HTTP/1.1\r\n\(host)Content-Length: 1 2\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.3: two different Content-Lengths", 400,
        "POST / HTTP/1.1\r\n\(host)Content-Length: 3\r\nContent-Length: 4\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.3: two Content-Lengths", 400,
        "POST / HTTP/1.1\r\n\(host)Content-Length: 3\r\nContent-Length: 3\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.3: a list of lengths", 400,
        "POST / HTTP/1.1\r\n\(host)Content-Length: 3, 3\r\n\r\n"),
    BadRequest(
        "RFC 9110, 8.6: a sign", 400, "POST / HTTP/1.1\r\n\(host)Content-Length: +3\r\n\r\n"),
    BadRequest(
        "RFC 9110, 8.6: hexadecimal", 400, "POST / HTTP/1.1\r\n\(host)Content-Length: 0x3\r\n\r\n"),
    BadRequest(
        "RFC 9110, 8.6: an empty length", 400, "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.1: Transfer-Encoding in 1.0", 400,
        "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.1: an unknown coding", 501,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.1: an unknown coding before chunked", 501,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.1: chunked twice, on two lines", 400,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    BadRequest(
        "RFC 9112, 6.3: chunked not last", 400,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, gzip\r\n\r\n"),
    BadRequest(
        "RFC 9112, 6.3: an empty coding", 400,
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding:\r\n\r\n"),
    BadRequest(
        "RFC 9110, 10.1.1: another expectation", 417,
        "POST / HTTP/1.1\r\n\(host)Expect: cake\r\n\r\n"),
    BadRequest("RFC 9112, 7.1: no chunk size", 400, chunked + "\r\n"),
    BadRequest("RFC 9112, 7.1: a chunk size with a sign", 400, chunked + "-1\r\n"),
    BadRequest("RFC 9112, 7.1: a space before a chunk size", 400, chunked + " 1\r\na\r\n"),
    BadRequest("RFC 9112, 7.1: a chunk too short", 400, chunked + "3\r\nab\r\n0\r\n\r\n"),
    BadRequest("RFC 9112, 7.1: a chunk size with 0x", 400, chunked + "0x1\r\na\r\n"),
    BadRequest("RFC 9112, 7.1: a huge chunk size", 400, chunked + "fffffffffffffffff\r\n"),
    BadRequest("RFC 9112, 7.1: a chunk too long", 400, chunked + "1\r\nab\r\n"),
    BadRequest("RFC 9112, 7.1: a chunk ended by LF", 400, chunked + "1\r\na\n"),
    BadRequest("RFC 9112, 7.1: a chunk line ended by LF", 400, chunked + "1\na\r\n"),
    BadRequest("RFC 9112, 7.1.1: text behind the size", 400, chunked + "1 a\r\n"),
    BadRequest("RFC 9112, 7.1.1: a control character", 400, chunked + "1;\u{1}\r\n"),
    BadRequest("RFC 9112, 7.1.2: a folded trailer", 400, chunked + "0\r\nT: t\r\n t\r\n"),
    BadRequest("RFC 9112, 7.1.2: a bad trailer", 400, chunked + "0\r\nT : t\r\n"),
]

@Suite struct HTTP1EngineTests {
    @Test(arguments: goodRequests)
    func readsGoodRequests(_ request: GoodRequest) {
        #expect(trace(request.text).lines == request.lines)
    }

    @Test(arguments: badRequests)
    func refusesBadRequests(_ request: BadRequest) {
        #expect(trace(request.text).failure == request.status)
    }

    @Test(arguments: goodRequests.map(\.text) + badRequests.map(\.text))
    func everyCutGivesTheSameEvents(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = trace([bytes[...]])
        for cut in bytes.indices {
            #expect(trace([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        #expect(trace(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
    }

    @Test func isBetweenRequestsOnlyThen() {
        var engine = HTTP1Engine(limits: HTTPLimits())
        let atFirst = engine.isBetweenRequests
        #expect(atFirst)
        Array("GET / HTTP/1.1\r\nHost: h\r\n".utf8).withUnsafeBytes { engine.receive($0) }
        while case .head = engine.next() {}
        let inTheHead = !engine.isBetweenRequests
        #expect(inTheHead)
    }

    @Test func nothingComesOutAfterAFailure() {
        let good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        let lines = trace([Array("GET /\r\n".utf8)[...], Array(good.utf8)[...]]).lines
        #expect(lines.count == 1)
    }
}
