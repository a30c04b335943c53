import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/stats`.
struct StatsRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(.get, "/v1/admin/stats", .scope(.admin), get)
        ]
    }

    private struct Stats: Encodable {
        var events: Int
        var users: Int
        var items: Int
        var lastSequence: Int64
        var usersInMemory: Int
        var uptimeSeconds: Int64
        /// The version in service of each model that has one.
        var models: [String: Int]
    }

    private func get(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        return .work(for: request) {
            let counts = try await service.store.reader.statistics()
            let serving = service.recommendations
            let models = serving.modelNames.compactMap { serving.slots.current($0) }
            return try Response(
                encoding: Stats(
                    events: counts.events, users: counts.users, items: counts.items,
                    lastSequence: counts.lastSequence.rawValue,
                    usersInMemory: serving.users.count,
                    uptimeSeconds: (service.clock.now() - service.startedAt).components.seconds,
                    models: Dictionary(
                        uniqueKeysWithValues: models.map { ($0.name, $0.version) })))
        }
    }
}
