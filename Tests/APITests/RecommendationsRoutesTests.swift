import HTTP
import Store
import Support
import TestSupport
import Testing

@testable import API

@Suite struct RecommendationsRoutesTests {
    private let service: TestService

    init() async throws {
        service = try await TestService()
        try await service.database.store.append([
            ("bob", "like", "a"), ("bob", "like", "b"), ("cyd", "like", "b"), ("ann", "view", "c"),
        ])
    }

    /// The answer without its id, which is drawn.
    private func body(_ answer: Answer) throws -> String {
        var json = answer.json
        guard case .string(let id)? = json.removeValue(forKey: "id") else { return "no id" }
        #expect(id.wholeMatch(of: /r-[0-9A-HJKMNP-TV-Z]{26}/) != nil)
        return try JSONValue.text(of: json)
    }

    private func deploy() async throws -> Int {
        let version = try await service.putCheckpoint(items: ["a", "b", "c"], counts: [3, 2, 1])
        let path = "/v1/admin/models/popularity/activate"
        #expect(try await service.post(path, #"{"version":\#(version)}"#).status == 200)
        return version
    }

    @Test func answersWithTheModelInTheFormOfTheContract() async throws {
        let version = try await deploy()
        let answer = try await service.get("/v1/users/ann/recommendations?k=2&model=popularity")
        #expect(answer.status == 200)
        #expect(
            try body(answer)
                == #"{"items":[{"item":"a","score":3},{"item":"b","score":2}],"model":{"name":"popularity","version":\#(version)},"policy":"model","user":"ann","watermark":4}"#
        )
    }

    @Test func answersAFallbackWithNullForTheModel() async throws {
        let answer = try await service.get("/v1/users/bob/recommendations")
        #expect(
            try body(answer)
                == #"{"items":[{"item":"c","score":1}],"model":null,"policy":"fallback:popular","user":"bob","watermark":2}"#
        )
        let popular = try await service.get("/v1/users/ann/recommendations?model=ease")
        #expect(popular.json["policy"] == .string("fallback:popular"))
        #expect(popular.json["model"] == .null)
    }

    @Test func answersAUserWhomNobodyKnowsWithoutAWatermark() async throws {
        let answer = try await service.get("/v1/users/new%20one/recommendations")
        #expect(answer.status == 200)
        #expect(answer.json["watermark"] == .null)
        #expect(answer.json["user"] == .string("new one"))
    }

    @Test func answersAVisitorWithAHistory() async throws {
        _ = try await deploy()
        let answer = try await service.post(
            "/v1/recommendations",
            #"{"history":["a",{"item":"c","type":"view","time":"2025-12-01T00:00:00Z"},"zzz"],"model":"popularity"}"#
        )
        #expect(answer.status == 200)
        #expect(answer.json["user"] == .null)
        #expect(answer.json["watermark"] == .null)
        #expect(
            answer.json["items"]
                == .array([
                    .object(["item": .string("b"), "score": .integer(2)]),
                    .object(["item": .string("c"), "score": .integer(1)]),
                ]))
    }

    @Test func honoursEveryFieldOfTheBody() async throws {
        _ = try await deploy()
        let answer = try await service.post(
            "/v1/recommendations",
            #"{"user":"bob","history":["c"],"k":5,"model":"popularity","exclude":["a"],"candidates":["a","b"],"excludeSeen":false}"#
        )
        #expect(
            answer.json["items"]
                == .array([.object(["item": .string("b"), "score": .integer(2)])]))
        #expect(answer.json["watermark"] == .integer(2))
    }

    @Test(arguments: [
        ("{}", "invalid-request"), (#"{"user":"u","k":0}"#, "invalid-request"),
        (#"{"user":"u","k":501}"#, "invalid-request"), (#"{"user":"u","k":"5"}"#, "invalid-json"),
        (#"{"user":""}"#, "invalid-id"), (#"{"history":[""]}"#, "invalid-id"),
        (#"{"user":"u","exclude":["\n"]}"#, "invalid-id"),
        (#"{"user":"u","candidates":[""]}"#, "invalid-id"),
        (#"{"user":"u","model":"oracle"}"#, "unknown-model"),
        (#"{"user":"u","filter":{}}"#, "not-supported"),
        (#"{"user":"u","diversity":0.2}"#, "not-supported"),
        (#"{"user":"u","explain":true}"#, "not-supported"),
        (#"{"history":[{"item":"a","time":1767225600}]}"#, "invalid-time"),
        (#"{"history":[{}]}"#, "invalid-json"), ("[]", "invalid-json"), ("", "invalid-json"),
    ])
    func refuses(body: String, problem: String) async throws {
        let answer = try await service.post("/v1/recommendations", body)
        #expect(answer.status == 400)
        #expect(answer.problem == problem)
        #expect(answer.json["instance"] == .string("/v1/recommendations"))
    }

    @Test(arguments: [
        ("k=0", "invalid-parameter"), ("k=501", "invalid-parameter"), ("n=5", "unknown-parameter"),
        ("model=oracle", "unknown-model"), ("explain=true", "not-supported"),
        ("diversity=1", "not-supported"), ("filter=x", "not-supported"),
        ("exclude=,", "invalid-id"),
    ])
    func refusesTheQuery(query: String, problem: String) async throws {
        let answer = try await service.get("/v1/users/ann/recommendations?" + query)
        #expect(answer.status == 400)
        #expect(answer.problem == problem)
    }

    @Test func findsItemsLikeOneAndNeverTheItemItself() async throws {
        _ = try await deploy()
        let answer = try await service.get("/v1/items/a/similar?k=5&model=popularity")
        #expect(
            answer.json["items"]
                == .array([
                    .object(["item": .string("b"), "score": .integer(2)]),
                    .object(["item": .string("c"), "score": .integer(1)]),
                ]))
        #expect(try await service.get("/v1/items/zzz/similar").status == 404)
    }

    @Test func isNeverAnEventItself() async throws {
        _ = try await service.get("/v1/users/stranger/recommendations")
        #expect(try await service.get("/v1/users/stranger").status == 404)
        #expect(try await service.database.store.reader.lastSequence() == EventSequence(4))
    }

    @Test func countsAnEventInTheVeryNextAnswer() async throws {
        _ = try await service.get("/v1/users/dan/recommendations")
        let posted = try await service.post(
            "/v1/events", #"{"type":"like","user":"dan","item":"b"}"#)
        let answer = try await service.get("/v1/users/dan/recommendations")
        #expect(answer.json["watermark"] == posted.json["lastSequence"])
        guard case .array(let items)? = answer.json["items"] else {
            Issue.record("no items")
            return
        }
        #expect(items.count == 2)
    }

    @Test(arguments: [
        ("history", RecommendationBody.maximumHistory),
        ("exclude", RecommendationBody.maximumExcluded),
        ("candidates", RecommendationBody.maximumCandidates),
    ])
    func listsHaveTheirLengths(field: String, maximum: Int) async throws {
        for count in [maximum, maximum + 1] {
            let ids = Array(repeating: #""i""#, count: count).joined(separator: ",")
            let answer = try await service.post(
                "/v1/recommendations", #"{"user":"bob","\#(field)":[\#(ids)]}"#)
            if count == maximum {
                #expect(answer.status == 200)
            } else {
                #expect(answer.status == 400)
                #expect(answer.problem == "invalid-request")
                #expect(
                    answer.json["detail"]
                        == .string("\(field) may have at most \(maximum) entries"))
            }
        }
    }

    /// The event loop, which others wait for, gets a reply before anything of it is read.
    @Test(arguments: [0, 1]) func readsALongBodyOffTheEventLoop(excess: Int) async throws {
        _ = try await service.get("/v1/users/bob/recommendations")
        let route = try #require(
            try service.api.routes().first {
                $0.method == .post && $0.pattern == "/v1/recommendations"
            })
        for body in [#"{"user":"bob"}"#, "{"] {
            let padding = RecommendationsRoutes.maximumBytesOnLoop + excess - body.utf8.count
            let bytes = Array(body.utf8) + .init(repeating: 0x20, count: padding)
            let request = try Request(
                method: .post, target: "/v1/recommendations", body: .collected(bytes))
            do {
                let reply = try route.handler(request)
                guard case .later = reply else {
                    #expect(excess == 0 && body.count > 1)
                    continue
                }
                #expect(excess > 0)
                #expect(await reply.response().status.code == (body.count > 1 ? 200 : 400))
            } catch {
                #expect(excess == 0 && body.count == 1, "\(error)")
            }
        }
    }
}
