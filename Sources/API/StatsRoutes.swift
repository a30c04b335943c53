import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/stats`.
struct StatsRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/v1/admin/stats", .scope(.admin),
                Operation(
                    .service, "getStatistics", "How much there is",
                    answers: [.json(Stats.schema)]), get)
        ]
    }

    private struct Stats: Encodable, Described {
        var events: Int
        var users: Int
        var items: Int
        var lastSequence: Int64
        var usersInMemory: Int
        var uptimeSeconds: Int64
        /// The version in service of each model that has one.
        var models: [String: Int]

        static let schema = Schema.object([
            "events": .integer, "users": .integer, "items": .integer, "lastSequence": .sequence,
            "usersInMemory": .integer, "uptimeSeconds": .integer,
            "models": Schema.map(of: .integer)
                .described("The version in service of each model that has one"),
        ])
    }

    private func get(_ request: Request) throws -> Reply {
        .work(for: request) {
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
