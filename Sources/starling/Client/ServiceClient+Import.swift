import Events
import Foundation
import HTTP
import Importing
import Support

/// Through the running service's API.
extension ServiceClient: ImportDestination {
    private struct ItemBody: Encodable {
        var id: String
        var title: String?
        var categories: [String]
        var attributes: [String: JSONValue]?
        var createdAt: Int64?
    }

    private struct EventBody: Encodable {
        var id: String?
        var type: String
        var user: String
        var item: String
        var value: Double?
        var time: Int64?
        var recommendation: String?
        var session: String?
        var properties: [String: JSONValue]?

        init(_ event: Event) throws {
            id = event.id
            type = event.type
            user = event.user.rawValue
            item = event.item.rawValue
            value = event.value
            time = event.time?.milliseconds
            recommendation = event.recommendation
            session = event.session
            properties = try event.properties.map(JSONValue.object)
        }
    }

    private struct UploadAnswer: Decodable {
        struct Rejected: Decodable {
            var detail: String
        }

        var accepted: Int
        var duplicates: Int?
        var rejected: [Rejected]
        var rejectedCount: Int
    }

    func put(items: [ImportedItem]) async throws {
        let bodies = try items.map { item in
            ItemBody(
                id: item.id.rawValue, title: item.title, categories: item.categories,
                attributes: try item.attributes.map(JSONValue.object),
                createdAt: item.createdAt?.milliseconds)
        }
        try await send("POST", "/v1/items", body: try JSONEncoder().encode(bodies))
    }

    func put(users: [ImportedUser]) async throws {
        for user in users {
            let path = "/v1/users/" + PercentEncoding.encode(user.id.rawValue)
            try await send(
                "PUT", path, body: Data("{\"attributes\":\(user.attributes ?? "{}")}".utf8))
        }
    }

    func append(_ events: [Event]) async throws -> ImportCounts {
        let encoder = JSONEncoder()
        var lines = Data()
        for event in events {
            lines += try encoder.encode(try EventBody(event))
            lines.append(UInt8(ascii: "\n"))
        }
        let (status, answer) = try await exchange(
            "POST", "/v1/events", body: lines, contentType: "application/x-ndjson")
        // 400 is also the answer where every event was rejected: then with the same counts, and no
        // reason to stop.
        let counts: UploadAnswer
        do {
            counts = try JSONDecoder().decode(UploadAnswer.self, from: answer)
        } catch {
            throw Self.refusal(status, answer)
        }
        return ImportCounts(
            accepted: counts.accepted, duplicates: counts.duplicates ?? 0,
            rejected: counts.rejectedCount, reason: counts.rejected.first?.detail)
    }

    func close() async throws {}
}
