import HTTP
import Testing

@testable import API

/// `Content-Encoding: gzip` on the routes that take content.
@Suite struct PackedContentTests {
    private func fields(_ type: String, _ coding: String = "gzip") -> Fields {
        ["Content-Type": type, "Content-Encoding": coding]
    }

    private func pack(_ text: String) throws -> [UInt8] {
        try #require(Gzip.pack(Array(text.utf8)))
    }

    @Test func takesPackedEvents() async throws {
        let service = try await TestService()
        let lines = (0..<500).map { #"{"type":"view","user":"u","item":"i\#($0)"}"# }
        let ndjson = try pack(lines.joined(separator: "\n"))
        let parts = [Array(ndjson[..<100]), Array(ndjson[100...])]
        let answer = try await service.send(
            .post, "/v1/events", streaming: parts, fields: fields("application/x-ndjson"))
        #expect(answer.status == 200)
        #expect(answer.json["accepted"] == .integer(500))
        let json = try pack("[" + lines.joined(separator: ",") + "]")
        let more = try await service.send(
            .post, "/v1/events", streaming: [json], fields: fields("application/json", "x-gzip"))
        #expect(more.json["lastSequence"] == .integer(1000))
    }

    @Test func takesPackedItems() async throws {
        let service = try await TestService()
        let item = try await service.send(
            .put, "/v1/items/i1", bytes: try pack(#"{"title":"One"}"#),
            fields: fields("application/json"))
        #expect(item.status == 201)
        let many = try await service.send(
            .post, "/v1/items", bytes: try pack(#"[{"id":"i2"},{"id":"i3"}]"#),
            fields: fields("application/json"))
        #expect(many.json["accepted"] == .integer(2))
        let patched = try await service.send(
            .patch, "/v1/items/i1", bytes: try pack(#"{"categories":["a"]}"#),
            fields: fields("application/json"))
        #expect(patched.text.contains(#""title":"One""#))
    }

    /// The bound of a JSON body holds for what it unpacks to; the attempt costs no more than that.
    @Test func aBombIs413() async throws {
        let service = try await TestService()
        let limit = service.maximumBodyBytes
        let bomb = try #require(Gzip.pack([UInt8](repeating: 0x20, count: limit + 1)))
        #expect(bomb.count < limit / 100)
        let json = fields("application/json")
        let items = try await service.send(.post, "/v1/items", bytes: bomb, fields: json)
        #expect(items.status == 413)
        let events = try await service.send(.post, "/v1/events", streaming: [bomb], fields: json)
        #expect(events.status == 413)
        #expect(events.problem == "content-too-large")
        // A line of NDJSON has a bound of its own.
        let lines = try await service.send(
            .post, "/v1/events", streaming: [bomb], fields: fields("application/x-ndjson"))
        #expect(lines.status == 413)
    }

    @Test func saysWhichCodingsItTakes() async throws {
        let service = try await TestService()
        for (method, target) in [
            (HTTP.Method.post, "/v1/events"), (.post, "/v1/items"), (.put, "/v1/items/i"),
            (.put, "/v1/users/u"), (.post, "/v1/recommendations"), (.post, "/v1/admin/retrain"),
        ] {
            for coding in ["br", "gzip, gzip", "nonsense"] {
                let answer = try await service.send(
                    method, target, "{}", fields: fields("application/json", coding))
                #expect(answer.status == 415, "\(target) \(coding)")
                #expect(answer.response.fields["Accept-Encoding"] == "gzip")
                #expect(answer.problem == "unsupported-content-encoding")
            }
        }
        let plain = try await service.send(
            .put, "/v1/users/u", "{}", fields: fields("application/json", "identity"))
        #expect(plain.status == 201)
    }

    @Test func brokenContentIs400() async throws {
        let service = try await TestService()
        let good = try pack(#"{"type":"view","user":"u","item":"i"}"#)
        var wrong = good
        wrong[good.count - 5] ^= 1  // of the checksum
        for bytes in [wrong, Array(good.dropLast()), Array("{}".utf8), []] {
            for type in ["application/json", "application/x-ndjson"] {
                let answer = try await service.send(
                    .post, "/v1/events", streaming: [bytes], fields: fields(type))
                #expect(answer.status == 400)
                #expect(answer.problem == "invalid-content")
            }
            let item = try await service.send(
                .put, "/v1/items/i", bytes: bytes, fields: fields("application/json"))
            #expect(item.problem == "invalid-content")
        }
        let none = try await service.get("/v1/items/i")
        #expect(none.status == 404)
    }
}
