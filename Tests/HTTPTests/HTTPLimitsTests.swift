import HTTP
import Testing

/// Each limit at its value, and one above it.
@Suite struct HTTPLimitsTests {
    private let host = "Host: h\r\n"

    @Test(arguments: [(0, nil), (1, 414)] as [(Int, Int?)])
    func boundsTheRequestLine(excess: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxRequestLineBytes = 40
        let line = "GET /" + String(repeating: "a", count: 40 - 14 + excess) + " HTTP/1.1"
        #expect(line.utf8.count == 40 + excess)
        expectEveryCut(of: line + "\r\n" + host + "\r\n", limits, fails: status)
    }

    @Test(arguments: [(0, nil), (1, 431)] as [(Int, Int?)])
    func boundsTheHeader(excess: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxHeaderBytes = 14 + 7 + 23
        let field = "X: " + String(repeating: "a", count: 20 + excess)
        expectEveryCut(of: "GET / HTTP/1.1\r\n\(host)\(field)\r\n\r\n", limits, fails: status)
    }

    @Test(arguments: [(2, nil), (3, 431)] as [(Int, Int?)])
    func boundsTheNumberOfFields(count: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxHeaderCount = 3
        let fields = String(repeating: "A: b\r\n", count: count)
        expectEveryCut(of: "GET / HTTP/1.1\r\n\(host)\(fields)\r\n", limits, fails: status)
    }

    @Test(arguments: [(3, nil), (4, 413)] as [(Int, Int?)])
    func boundsTheSumOfTheChunks(last: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxDiscardedBytes = 5
        let data = String(repeating: "x", count: last)
        expectEveryCut(
            of: "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n"
                + "2\r\nab\r\n\(last)\r\n\(data)\r\n0\r\n\r\n",
            limits, fails: status)
    }

    @Test(arguments: [(8, nil), (9, 400)] as [(Int, Int?)])
    func boundsTheChunkExtensions(count: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxChunkExtensionBytes = 16
        let chunks = String(repeating: "1;\r\na\r\n", count: count - 1) + "1;abcdefgh\r\na\r\n"
        expectEveryCut(
            of: "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n",
            limits, fails: status)
    }

    @Test(arguments: [(0, nil), (1, 400)] as [(Int, Int?)])
    func boundsTheChunkLine(excess: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxChunkLineBytes = 20
        let size = String(repeating: "0", count: 19 + excess) + "1"
        expectEveryCut(
            of:
                "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n\(size)\r\na\r\n0\r\n\r\n",
            limits, fails: status)
    }

    @Test func boundsAChunkLineThatNeverEnds() {
        let text = "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n"
        let zeros = String(repeating: "0", count: HTTPLimits().maxChunkLineBytes + 2)
        #expect(trace(text + zeros).failure == 400)
    }

    @Test(arguments: [(3, nil), (4, 431)] as [(Int, Int?)])
    func boundsTheNumberOfTrailers(count: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxHeaderCount = 3
        let trailers = String(repeating: "A: b\r\n", count: count)
        expectEveryCut(
            of: "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\(trailers)\r\n",
            limits, fails: status)
    }

    /// The lines' ends don't count; the head has its own count.
    @Test(arguments: [(0, nil), (1, 431)] as [(Int, Int?)])
    func boundsTheTrailersBytes(excess: Int, status: Int?) {
        var limits = HTTPLimits()
        limits.maxHeaderBytes = 80
        let trailers = "A: b\r\nX: \(String(repeating: "a", count: 80 - 4 - 3 + excess))\r\n"
        expectEveryCut(
            of: "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\(trailers)\r\n",
            limits, fails: status)
    }

    @Test func boundsABodyByTheRoutesOwnLimit() {
        var engine = HTTP1Engine(limits: HTTPLimits())
        let text = "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"
        Array(text.utf8).withUnsafeBytes { engine.receive($0) }
        guard case .head = engine.next() else {
            Issue.record("no head")
            return
        }
        engine.limitBody(to: 3)
        guard case .failed(let problem) = engine.next() else {
            Issue.record("no failure")
            return
        }
        #expect(problem.status == .contentTooLarge)
    }

    private func expectEveryCut(of text: String, _ limits: HTTPLimits, fails status: Int?) {
        let bytes = Array(text.utf8)
        let whole = trace([bytes[...]], limits: limits)
        #expect(whole.failure == status)
        for cut in bytes.indices {
            #expect(trace([bytes[..<cut], bytes[cut...]], limits: limits) == whole)
        }
    }
}
