import Foundation
import Store
import Support

/// Where keys are made and revoked: in the store of this process, or by the service that runs on
/// the database, which then knows of it at once.
enum KeyStore {
    case store(Store)
    case service(ServiceClient)

    struct UnknownKey: Error, CustomStringConvertible {
        let id: Int64
        var description: String { "there is no key \(id)" }
    }

    static func with<Value>(
        _ arguments: DatabaseArguments, _ body: (KeyStore) async throws -> Value
    ) async throws -> Value {
        let settings = try await arguments.settings()
        let store: Store
        do {
            store = try Store.open(
                try settings.storeOptions(), meanings: settings.meanings,
                clock: SystemWallClock(), tell: { ProgressDisplay.say("\($0)") })
        } catch StoreRefusal.locked {
            return try await body(.service(try await ServiceClient.running(on: settings)))
        }
        do {
            try await RunningService.forgetAddress(store)
            let value = try await body(.store(store))
            try store.close()
            return value
        } catch {
            try store.close()
            throw error
        }
    }

    func create(_ draft: KeyRecord.Draft) async throws -> (id: Int64, text: String) {
        switch self {
        case .store(let store):
            let (key, text) = try await store.createKey(draft)
            try await store.appendAudit(
                Self.entry("POST", "/v1/admin/keys", target: nil, status: 201))
            return (key.id, text)
        case .service(let client):
            return try await client.createKey(draft)
        }
    }

    func revoke(_ id: Int64) async throws {
        switch self {
        case .store(let store):
            let found = try await store.revokeKey(id) != nil
            try await store.appendAudit(
                Self.entry(
                    "DELETE", "/v1/admin/keys/{id}", target: String(id),
                    status: found ? 200 : 404))
            guard found else { throw UnknownKey(id: id) }
        case .service(let client):
            try await client.send("DELETE", "/v1/admin/keys/\(id)")
        }
    }

    /// As the service would have written it down.
    private static func entry(
        _ method: String, _ route: String, target: String?, status: Int
    ) -> AuditEntry {
        AuditEntry(
            time: SystemWallClock().now(), caller: .command, method: method, route: route,
            target: target, status: status)
    }
}

extension ServiceClient {
    func createKey(_ draft: KeyRecord.Draft) async throws -> (id: Int64, text: String) {
        struct Body: Encodable {
            var name: String
            var scopes: [String]
            var expiresAt: Int64?
        }
        struct Answer: Decodable {
            var id: Int64
            var key: String
        }
        let body = try JSONEncoder().encode(
            Body(
                name: draft.name, scopes: draft.scopes,
                expiresAt: draft.expiresAt?.milliseconds))
        let answer = try JSONDecoder().decode(
            Answer.self, from: try await send("POST", "/v1/admin/keys", body: body))
        return (answer.id, answer.key)
    }
}
