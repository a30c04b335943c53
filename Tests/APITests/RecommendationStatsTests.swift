import HTTP
import Store
import Support
import TestSupport
import Testing

@testable import API

/// What was recommended, from the answer over the click to the statistics.
@Suite struct RecommendationStatsTests {
    private let service: TestService

    init() async throws {
        service = try await TestService()
        try await service.database.store.append([
            ("bob", "like", "a"), ("bob", "like", "b"), ("cyd", "like", "b"), ("ann", "view", "c"),
        ])
    }

    private func id(_ answer: Answer) throws -> String {
        guard case .string(let id)? = answer.json["id"] else { throw Problem.internalError }
        return id
    }

    private func stats(_ query: String = "") async throws -> String {
        try await service.database.store.writeWaitingRecommendations()
        let answer = try await service.get("/v1/admin/stats" + query)
        guard case .object(let stats)? = answer.json["recommendations"] else { return answer.text }
        return try JSONValue.text(of: stats)
    }

    @Test func countsClicksByModelAndByPosition() async throws {
        let version = try await service.putCheckpoint(items: ["a", "b", "c"], counts: [3, 2, 1])
        _ = try await service.post(
            "/v1/admin/models/popularity/activate", #"{"version":\#(version)}"#)
        let both = try await service.get("/v1/users/ann/recommendations?k=2&model=popularity")
        _ = try await service.get("/v1/users/cyd/recommendations?k=1&model=popularity")
        let fallback = try await service.get("/v1/users/bob/recommendations?model=ease")
        _ = try await service.get("/v1/items/a/similar?k=1&model=popularity")
        for (item, answer) in [("b", both), ("c", both), ("c", fallback)] {
            let event =
                #"{"type":"click","user":"x","item":"\#(item)","recommendation":"\#(try id(answer))"}"#
            #expect(try await service.post("/v1/events", event).status == 200)
        }
        _ = try await service.post(
            "/v1/events", #"{"type":"like","user":"x","item":"a","recommendation":"r-1"}"#)
        #expect(
            try await stats()
                == #"{"days":30,"log":{"dropped":0,"failedWrites":0,"kept":4,"samplingRate":1,"waiting":0},"models":["#
                + #"{"answers":2,"events":{"click":{"count":1,"rate":0.5}},"model":"popularity","onOtherItems":{"click":1},"policy":"model","positions":[{"events":{},"position":1,"shown":2},{"events":{"click":{"count":1,"rate":1}},"position":2,"shown":1}],"route":"recommendations","version":1},"#
                + #"{"answers":1,"events":{"click":{"count":1,"rate":1}},"onOtherItems":{},"policy":"fallback:popular","positions":[{"events":{"click":{"count":1,"rate":1}},"position":1,"shown":1}],"route":"recommendations"},"#
                + #"{"answers":1,"events":{},"model":"popularity","onOtherItems":{},"policy":"model","positions":[{"events":{},"position":1,"shown":1}],"route":"similar","version":1}"#
                + #"],"positions":[{"events":{"click":{"count":1,"rate":0.25}},"position":1,"shown":4},{"events":{"click":{"count":1,"rate":1}},"position":2,"shown":1}],"unknownLinks":{"like":1}}"#
        )
    }

    @Test func looksBackAsFarAsItIsAsked() async throws {
        _ = try await service.get("/v1/users/ann/recommendations")
        try await service.database.store.writeWaitingRecommendations()
        service.database.clock.advance(by: .seconds(86_400))
        #expect(try await stats("?days=1").contains(#""models":[]"#))
        #expect(try await stats("?days=2").contains(#""answers":1"#))
        for bad in ["0", "91", "x"] {
            let answer = try await service.get("/v1/admin/stats?days=\(bad)")
            #expect(answer.status == 400)
            #expect(answer.json["detail"] == .string("days must be an integer from 1 to 90"))
        }
    }

    @Test func exportsAndErasesWhatWasRecommended() async throws {
        let id = try id(try await service.get("/v1/users/ann/recommendations?k=2"))
        let export = try await service.get("/v1/users/ann/export")
        #expect(
            export.lines.filter { $0["kind"] == "recommendation" } == [
                [
                    "kind": "recommendation", "id": .string(id),
                    "time": "2026-01-01T00:00:00.000Z", "route": "recommendations",
                    "policy": "fallback:popular", "items": ["b", "c"],
                ]
            ])
        _ = try await service.get("/v1/users/ann/recommendations")
        let receipt = try await service.send(.delete, "/v1/users/ann")
        #expect(receipt.json["erased"]?["recommendations"] == 2)
        _ = try await service.post("/v1/events", #"{"type":"view","user":"ann","item":"a"}"#)
        let later = try await service.get("/v1/users/ann/export")
        #expect(later.lines.map { $0["kind"]?.string } == ["user", "event", "end"])
        #expect(try await stats().contains(#""kept":0"#))
    }
}
