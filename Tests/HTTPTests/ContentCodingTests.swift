import HTTP
import Testing

@Suite struct ContentCodingTests {
    @Test(
        arguments: [
            ("RFC 9110, 12.5.3: absent", nil, false), ("gzip", "gzip", true),
            ("its other name", "x-gzip", true), ("in capitals", "GZIP", true),
            ("one of several", "br, deflate, gzip", true), ("others only", "br, zstd", false),
            ("anything", "*", true), ("anything but it", "*, gzip;q=0", false),
            ("it and nothing else", "gzip, *;q=0", true), ("nothing", "*;q=0", false),
            ("weight 0", "gzip;q=0", false), ("weight 0.000", "gzip;q=0.000", false),
            ("a little", "gzip;q=0.001", true), ("with blanks", " gzip ; q=0.5 ,br", true),
            ("identity preferred", "identity, gzip;q=0.5", false),
            ("identity less so", "identity;q=0.5, gzip;q=0.5", true),
            ("empty", "", false), ("identity alone", "identity", false),
            ("a malformed weight", "gzip;q=x", false), ("above 1", "gzip;q=2", false),
            ("another parameter", "gzip;level=9", false), ("empty elements", ",,gzip,", true),
        ] as [(String, String?, Bool)])
    func heedsAcceptEncoding(rule: String, value: String?, isGzip: Bool) {
        let fields = value.map { ["Accept-Encoding": $0] as Fields } ?? Fields()
        #expect(ContentCoding.preferred(by: fields) == (isGzip ? .gzip : .identity))
    }

    @Test func severalLinesAreOne() {
        let fields: Fields = ["Accept-Encoding": "br", "accept-encoding": "gzip"]
        #expect(ContentCoding.preferred(by: fields) == .gzip)
    }

    @Test(
        arguments: [
            (nil, .identity), ("identity", .identity), ("", .identity), ("gzip", .gzip),
            ("X-GZip", .gzip), ("identity, gzip", .gzip), ("br", nil), ("gzip, gzip", nil),
            ("deflate", nil), ("gzip;q=1", nil),
        ] as [(String?, ContentCoding?)])
    func readsContentEncoding(value: String?, coding: ContentCoding?) throws {
        let fields = value.map { ["Content-Encoding": $0] as Fields } ?? Fields()
        let request = try Request(method: .post, target: "/", fields: fields)
        do throws(Problem) {
            #expect(try ContentCoding(of: request) == coding)
        } catch {
            #expect(coding == nil)
            #expect(error.status == .unsupportedMediaType)
            #expect(error.fields["Accept-Encoding"] == "gzip")
        }
    }

    private func settled(
        _ response: Response, _ fields: Fields = ["Accept-Encoding": "gzip"],
        _ method: HTTP.Method = .get
    ) throws -> Response {
        try response.settled(for: Request(method: method, target: "/", fields: fields)).packed
    }

    private func json(_ count: Int, _ more: Fields = [:]) -> Response {
        var response = Response(json: [UInt8](repeating: 0x31, count: count))
        for (name, value) in more.pairs { response.fields.append(name: name, value: value) }
        return response
    }

    @Test func packsALongAnswer() throws {
        for method in [HTTP.Method.get, .head, .post] {
            let answer = try settled(json(1024), ["Accept-Encoding": "gzip"], method)
            #expect(answer.fields["Content-Encoding"] == "gzip")
            #expect(answer.fields["Vary"] == "Accept-Encoding")
            let decoder = GzipDecoder()
            decoder.supply(answer.body)
            #expect(try decoder.next(atMost: 2000) == [UInt8](repeating: 0x31, count: 1024))
        }
    }

    @Test func leavesAShortOneAsItIs() throws {
        let answer = try settled(json(1023))
        #expect(answer.body.count == 1023)
        #expect(answer.fields.count == 1)
    }

    /// A cache has to know also where this client got the content as it is.
    @Test func tellsCachesWhereNobodyAsksForIt() throws {
        let answer = try settled(json(1024), [:])
        #expect(answer.body.count == 1024)
        #expect(!answer.fields.contains("Content-Encoding"))
        #expect(answer.fields["Vary"] == "Accept-Encoding")
    }

    @Test func leavesAloneWhatIsPackedOrDense() throws {
        let bytes = [UInt8](repeating: 0, count: 5000)
        for response in [
            json(5000, ["Content-Encoding": "br"]),
            Response(contentType: "application/octet-stream", body: bytes),
            Response(contentType: "image/png", body: bytes), Response(body: bytes),
            Response(status: .noContent, fields: ["Content-Type": "text/plain"], body: bytes),
        ] {
            let answer = try settled(response)
            #expect(answer.body == response.body)
            #expect(answer.fields.count == response.fields.count)
        }
    }

    @Test func packsTextOfEveryKind() throws {
        for type in [
            "text/plain; version=0.0.4", "text/html", "application/json", "Application/JSON",
            "application/problem+json", "application/x-ndjson", "image/svg+xml",
        ] {
            let body = [UInt8](repeating: 0x31, count: 2000)
            let answer = try settled(Response(contentType: type, body: body))
            #expect(answer.fields["Content-Encoding"] == "gzip", "\(type)")
        }
    }

    /// What packing would only lengthen goes out as it is.
    @Test func leavesNoiseAsItIs() throws {
        var noise = SystemRandomNumberGenerator()
        let body = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &noise) }
        let answer = try settled(Response(contentType: "text/plain", body: body))
        #expect(answer.body == body)
        #expect(!answer.fields.contains("Content-Encoding"))
    }

    /// The same strong ETag may not name two sequences of bytes.
    @Test func weakensTheETag() throws {
        let tagged = json(2000, ["ETag": "\"a\"", "Cache-Control": "no-cache"])
        let gzip: Fields = ["Accept-Encoding": "gzip"]
        #expect(try settled(tagged, gzip).fields["ETag"] == "W/\"a\"")
        #expect(try settled(tagged, [:]).fields["ETag"] == "\"a\"")
        let kept = try settled(
            tagged, ["Accept-Encoding": "gzip", "If-None-Match": "W/\"a\""])
        #expect(kept.status == .notModified)
        #expect(kept.body.isEmpty)
        #expect(kept.fields["ETag"] == "W/\"a\"")
        #expect(kept.fields["Vary"] == "Accept-Encoding")
        #expect(kept.fields["Content-Encoding"] == nil)
        let weak = try settled(json(2000, ["ETag": "W/\"b\""]), gzip)
        #expect(weak.fields["ETag"] == "W/\"b\"")
    }

    @Test func aRefusalByItsConditionsIsNoneOfThis() throws {
        let tagged = json(2000, ["ETag": "\"a\""])
        let answer = try settled(tagged, ["Accept-Encoding": "gzip", "If-Match": "\"b\""])
        #expect(answer.status == .preconditionFailed)
        #expect(answer.refusal == "precondition-failed")
        #expect(answer.fields["Vary"] == nil)
    }
}
