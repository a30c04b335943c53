import HTTP
import Support
import Testing

@Suite struct FieldsTests {
    @Test func findsANameInAnyCase() {
        let fields: Fields = ["Content-Type": "a", "content-type": "b", "X": "c"]
        #expect(fields["CONTENT-TYPE"] == "a")
        #expect(fields.values(of: "Content-type") == ["a", "b"])
        #expect(fields["Content"] == nil)
    }

    @Test func settingReplacesAllValues() {
        var fields: Fields = ["A": "1", "B": "2", "a": "3"]
        fields["A"] = "4"
        #expect(fields.pairs.map { "\($0.name)=\($0.value)" } == ["B=2", "A=4"])
        fields["b"] = nil
        #expect(fields.count == 1)
    }

    @Test func aValueCannotStartANewLine() {
        let fields: Fields = ["A": "x\r\nSet-Cookie: y\u{0}"]
        #expect(fields["A"] == "x  Set-Cookie: y ")
    }
}

@Suite struct RequestTests {
    @Test func decodesTheQuery() throws {
        let request = try Request(method: .get, target: "/a%2Fb?x=1&y=a%20b+c%2B&x=2&z&=")
        #expect(request.path == "/a%2Fb")
        #expect(
            request.query.map { "\($0.name)=\($0.value)" } == ["x=1", "y=a b c+", "x=2", "z=", "="])
        #expect(request.queryValue("x") == "1")
        #expect(request.queryValue("w") == nil)
    }

    @Test(arguments: ["/?a=%", "/?a=%zz", "/?%ff=1", "a", ""])
    func refusesABadTarget(_ target: String) {
        #expect(throws: Problem.self) { try Request(method: .get, target: target) }
    }

    /// Found by fuzzing: `/` with a mark above it is another character, and the same byte.
    @Test func findsTheEndOfAnAuthorityByItsBytes() throws {
        let request = try Request(method: .get, target: "http://h/\u{59E}x?a=b")
        #expect(request.path == "/\u{59E}x")
        #expect(request.queryValue("a") == "b")
    }

    @Test func knowsASaneID() {
        #expect(Request.isSaneID("a-1"))
        #expect(Request.isSaneID(String(repeating: "a", count: 128)))
        for text in ["", "a b", "é", "a\u{7F}", String(repeating: "a", count: 129)] {
            #expect(!Request.isSaneID(text))
        }
    }

    @Test func percentEncodingComesBack() {
        let text = "a/b ü%+~"
        let encoded = PercentEncoding.encode(text)
        #expect(encoded == "a%2Fb%20%C3%BC%25%2B~")
        #expect(PercentEncoding.decode(encoded[...].utf8) == text)
    }
}

@Suite struct ProblemTests {
    @Test func writesRFC9457() {
        let problem = Problem(
            .notFound, type: "not-found", "no \"such\"\n\u{1}thing", fields: ["Allow": "GET"])
        let response = problem.response(instance: "/x")
        #expect(response.status == .notFound)
        #expect(response.fields["Content-Type"] == "application/problem+json")
        #expect(response.fields["Allow"] == "GET")
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"type":"/problems/not-found","title":"Not Found","status":404,"#
                + #""detail":"no \"such\"\u000a\u0001thing","instance":"/x"}"#)
    }
}

@Suite struct HTTP1EncoderTests {
    private func encode(
        _ response: Response, closes: Bool = false, isHTTP10: Bool = false
    ) -> String {
        var output: [UInt8] = []
        let context = HTTP1Encoder.Context(
            requestID: "r1", date: HTTPDate.bytes(for: Timestamp(milliseconds: 784_111_777_000)),
            closes: closes, isHTTP10: isHTTP10)
        HTTP1Encoder.appendHead(of: response, context, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func writesTheHead() {
        #expect(
            encode(Response(json: Array("{}".utf8)))
                == "HTTP/1.1 200 OK\r\nServer: starling\r\n"
                + "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: r1\r\n"
                + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n")
    }

    @Test func saysWhatBecomesOfTheConnection() {
        #expect(encode(Response(), closes: true).contains("\r\nConnection: close\r\n"))
        #expect(encode(Response(), isHTTP10: true).contains("\r\nConnection: keep-alive\r\n"))
        #expect(!encode(Response()).contains("Connection"))
    }

    @Test(arguments: [204, 304])
    func sendsNoLengthWithoutContent(code: Int) {
        #expect(!encode(Response(status: Status(code: code))).contains("Content-Length"))
    }

    @Test(arguments: [0, 9, 10, 1_234_567])
    func writesEveryLength(count: Int) {
        let response = Response(body: [UInt8](repeating: 0, count: count))
        #expect(encode(response).contains("\r\nContent-Length: \(count)\r\n"))
    }
}

@Suite struct BodyStreamTests {
    @Test func handsOutWhatCameAndTheEnd() async throws {
        let stream = BodyStream()
        #expect(stream.supply([1, 2]))
        #expect(stream.supply([3]))
        stream.finish()
        #expect(try await stream.next() == [1, 2, 3])
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
    }

    @Test func tellsItsSupplierToPauseAndToGoOn() async throws {
        await confirmation { drained in
            let stream = BodyStream(highWater: 3) { drained() }
            #expect(stream.supply([1, 2, 3]))
            #expect(!stream.supply([4]))
            await #expect(throws: Never.self) { try await stream.next() }
        }
    }

    @Test func failsAfterWhatCameBefore() async throws {
        let stream = BodyStream()
        _ = stream.supply([1])
        stream.fail(.badRequest("x", "y"))
        #expect(try await stream.next() == [1])
        await #expect(throws: Problem.self) { try await stream.next() }
    }

    @Test func wakesAWaitingConsumer() async throws {
        let stream = BodyStream()
        async let part = stream.next()
        _ = stream.supply([7])
        #expect(try await part == [7])
    }

    @Test func cancellationEndsTheWait() async {
        let stream = BodyStream()
        let task = Task { try await stream.next() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func collectsUpToALimit() async throws {
        let stream = BodyStream()
        _ = stream.supply([1, 2])
        stream.finish()
        #expect(try await RequestBody.stream(stream).collect(upTo: 2) == [1, 2])
        await #expect(throws: Problem.self) {
            try await RequestBody.collected([1, 2, 3]).collect(upTo: 2)
        }
    }
}
