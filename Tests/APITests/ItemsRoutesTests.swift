import HTTP
import Support
import TestSupport
import Testing

@testable import API

@Suite struct ItemsRoutesTests {
    private let service: TestService

    init() async throws { service = try await TestService() }

    private func upload(_ items: [String], asLines: Bool) async throws -> Answer {
        asLines
            ? try await service.send(
                .post, "/v1/items", items.joined(separator: "\n"),
                fields: ["Content-Type": "application/x-ndjson"])
            : try await service.post("/v1/items", "[\(items.joined(separator: ","))]")
    }

    private func put(_ id: String, _ body: String = "{}") async throws -> Answer {
        try await service.send(.put, "/v1/items/" + id, body)
    }

    @Test func createsThenReplaces() async throws {
        let body =
            #"{"id":"a b","available":false,"categories":["x"],"title":"T","attributes":{"n":1},"embedding":[0.5,2],"createdAt":"2025-05-01T00:00:00Z"}"#
        let created = try await put("a%20b", body)
        #expect(created.status == 201)
        #expect(
            created.text
                == #"{"attributes":{"n":1},"available":false,"categories":["x"],"createdAt":"2025-05-01T00:00:00.000Z","embedding":[0.5,2],"id":"a b","title":"T"}"#
        )
        let replaced = try await put("a%20b")
        #expect(replaced.status == 200)
        #expect(
            replaced.text
                == #"{"available":true,"categories":[],"createdAt":"2025-05-01T00:00:00.000Z","id":"a b"}"#
        )
        #expect(try await service.get("/v1/items/a%20b").text == replaced.text)
    }

    @Test func changesOnlyWhatAPatchNames() async throws {
        _ = try await put("a", #"{"title":"T","attributes":{"x":1,"y":2}}"#)
        let patch = #"{"available":false,"attributes":{"y":3}}"#
        let answer = try await service.send(.patch, "/v1/items/a", patch)
        #expect(answer.status == 200)
        #expect(answer.json["title"] == .string("T"))
        #expect(answer.json["available"] == .bool(false))
        #expect(answer.json["attributes"] == .object(["x": .integer(1), "y": .integer(3)]))
        #expect(try await service.send(.patch, "/v1/items/b", patch).status == 404)
    }

    private func recommended() async throws -> [String] {
        try await service.post("/v1/recommendations", #"{"history":["x"]}"#).json["items"]?.array
            .compactMap { $0["item"]?.string } ?? []
    }

    @Test func showsItemsWithinTheirTimesOnly() async throws {
        let clock = service.database.clock
        let from = TemporaryStore.start.milliseconds + 10_000
        let put = try await put(
            "a", #"{"availableFrom":\#(from),"expiresAt":"2026-01-01T00:00:20Z"}"#)
        #expect(put.json["availableFrom"] == "2026-01-01T00:00:10.000Z")
        #expect(put.json["expiresAt"] == "2026-01-01T00:00:20.000Z")
        _ = try await service.post("/v1/items", #"[{"id":"b","expiresAt":\#(from)}]"#)
        #expect(try await recommended() == ["b"])
        clock.advance(by: .seconds(10))
        #expect(try await recommended() == ["a"])
        clock.advance(by: .seconds(10))
        #expect(try await recommended() == [])
        let patched = try await service.send(.patch, "/v1/items/a", #"{"expiresAt":null}"#)
        #expect(patched.json["expiresAt"] == nil && patched.json["availableFrom"] != nil)
        #expect(try await recommended() == ["a"])
        let reversed = #"{"expiresAt":"2026-01-01T00:00:05Z"}"#
        let refused = try await service.send(.patch, "/v1/items/a", reversed)
        #expect(refused.json["detail"] == "expiresAt must be after availableFrom")
        #expect(try await service.send(.delete, "/v1/items/a").status == 204)
        #expect(try await recommended() == [])
    }

    @Test func deletes() async throws {
        _ = try await put("a")
        #expect(try await service.send(.delete, "/v1/items/a").status == 204)
        #expect(try await service.send(.delete, "/v1/items/a").status == 404)
        #expect(try await service.get("/v1/items/a").problem == "not-found")
        #expect(try await put("a").status == 201)
    }

    @Test(arguments: [
        ("{", "invalid-json", "the body is not valid JSON"),
        (#"{"id":"other"}"#, "invalid-item", "id must be the item that the path names"),
        (
            #"{"availableFrom":1700000000}"#, "invalid-item",
            "availableFrom is before 1990 (are these seconds?)"
        ),
        (
            #"{"availableFrom":1700000000000,"expiresAt":1700000000000}"#, "invalid-item",
            "expiresAt must be after availableFrom"
        ),
        (#"{"title":1}"#, "invalid-json", "title must be a string"),
        (#"{"available":"yes"}"#, "invalid-json", "available must be true or false"),
        (
            #"{"categories":[""]}"#, "invalid-item",
            "categories must be at most 256 strings of 1 to 256 bytes without control characters"
        ),
        (
            #"{"createdAt":"soon"}"#, "invalid-json",
            "createdAt: must be an RFC 3339 string or integer milliseconds since 1970"
        ),
        (#"{"embedding":["x"]}"#, "invalid-json", "embedding[0] must be a number"),
    ])
    func refuses(body: String, problem: String, detail: String) async throws {
        let answer = try await put("a", body)
        #expect(answer.status == 400)
        #expect(answer.problem == problem)
        #expect(answer.json["detail"] == .string(detail))
        #expect(try await service.get("/v1/items/a").status == 404)
    }

    @Test func takesManyAndJudgesEachByItself() async throws {
        let answer = try await service.post("/v1/items", #"[{"id":"a"},{"id":""},{},{"id":"b"}]"#)
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == .integer(2))
        #expect(answer.json["rejectedCount"] == .integer(2))
        #expect(try await service.get("/v1/items/b").status == 200)
        #expect(try await service.post("/v1/items", #"{"items":[{"id":"c"}]}"#).status == 200)
        #expect(try await service.post("/v1/items", "[{}]").status == 400)
        let lines = try await service.send(
            .post, "/v1/items", "{\"id\":\"d\"}\n\n{\"id\":\"e\"}\r\n\r\n",
            fields: ["Content-Type": "application/x-ndjson"])
        #expect(lines.text == #"{"accepted":2,"rejected":[],"rejectedCount":0}"#)
    }

    /// More than a transaction's worth, each verdict with the item's place in the whole.
    @Test(arguments: [true, false]) func takesMoreThanAChunk(asLines: Bool) async throws {
        let count = 2 * ItemUpload.chunkCount + 1
        let bad = ItemUpload.chunkCount + 7
        let items = (0..<count).map { #"{"id":"\#($0 == bad ? "" : "i\($0)")"}"# }
        let answer = try await upload(items, asLines: asLines)
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == .integer(Int64(count - 1)))
        #expect(answer.text.contains(#""index":\#(bad)"#))
        #expect(try await service.get("/v1/items/i\(count - 1)").status == 200)
    }

    @Test func listsPageByPage() async throws {
        for id in ["c", "a", "b"] { _ = try await put(id) }
        let first = try await service.get("/v1/items?limit=2")
        #expect(first.text.contains(#""id":"c""#) && first.text.contains(#""id":"a""#))
        let second = try await service.get("/v1/items?limit=2&after=a")
        #expect(second.text.contains(#""id":"b""#) && !second.text.contains(#""id":"c""#))
        #expect(try await service.get("/v1/items?after=zzz").status == 400)
        _ = try await service.send(.delete, "/v1/items/a")
        #expect(try await service.get("/v1/items?limit=2&after=a").text == second.text)
        #expect(try await service.get("/v1/items?limit=1001").status == 400)
    }

    @Test func isHiddenFromTheNextAnswerOn() async throws {
        _ = try await put("a")
        _ = try await put("b", #"{"available":false}"#)
        let answer = try await service.get("/v1/users/u/recommendations")
        #expect(
            answer.json["items"]
                == .array([.object(["item": .string("a"), "score": .integer(0)])]))
    }

    /// An item in so many bytes, as they are counted.
    private func body(bytes: Int, id: String = "") -> String {
        let attributes = #"{"a":"ä"}"#
        let categories = "four"
        let embedding = [1, 2]
        let others = attributes.utf8.count + categories.utf8.count + 4 * embedding.count
        let title = String(repeating: "t", count: bytes - others)
        return """
            {\(id)"title":"\(title)","categories":["\(categories)"],"embedding":\(embedding), \
            "attributes":\(attributes),"available":true,"expiresAt":null,"more":{"a":[1]}}
            """
    }

    @Test func anItemHasItsBytes() async throws {
        let fits = body(bytes: ItemBody.maximumBytes)
        let larger = body(bytes: ItemBody.maximumBytes + 1)
        #expect(try await put("a", fits).status == 201)
        for answer in [try await put("b", larger), try await put("a", larger)] {
            #expect(answer.status == 400)
            #expect(answer.problem == "invalid-item")
            #expect(answer.json["detail"]?.string?.contains("more than 65536 bytes") == true)
        }
        #expect(try await service.get("/v1/items/b").status == 404)
    }

    @Test func anItemHasItsBytesAfterAPatch() async throws {
        _ = try await put("a", body(bytes: ItemBody.maximumBytes - 8))
        let fits = #"{"attributes":{"b":"1"}}"#
        #expect(try await service.send(.patch, "/v1/items/a", fits).status == 200)
        let before = try await service.get("/v1/items/a").text
        for change in [#"{"attributes":{"c":1}}"#, #"{"categories":["fours"]}"#] {
            let answer = try await service.send(.patch, "/v1/items/a", change)
            #expect(answer.status == 400)
            #expect(answer.problem == "invalid-item")
        }
        #expect(try await service.get("/v1/items/a").text == before)
    }

    @Test(arguments: [true, false]) func anItemOfManyHasItsBytes(asLines: Bool) async throws {
        let items = [0, 1, 0].enumerated().map { place, excess in
            body(bytes: ItemBody.maximumBytes + excess, id: #""id":"i\#(place)","#)
        }
        let answer = try await upload(items, asLines: asLines)
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == 2)
        let rejected = answer.json["rejected"]?.array ?? []
        #expect(rejected.map { $0["index"] } == [1])
        #expect(rejected.first?["detail"]?.string?.contains("more than 65536 bytes") == true)
    }
}
