import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/stats`.
struct StatsRoutes {
    let service: APIService

    func add(to router: inout Router) {
        router.on(.get, "/v1/admin/stats", get)
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
            let deployed = try await service.store.reader.deployments()
            return try Response(
                encoding: Stats(
                    events: counts.events, users: counts.users, items: counts.items,
                    lastSequence: counts.lastSequence.rawValue,
                    usersInMemory: service.recommendations.users.count,
                    uptimeSeconds: (service.clock.now() - service.startedAt).components.seconds,
                    models: Dictionary(
                        uniqueKeysWithValues: deployed.map { ($0.model, $0.version) })))
        }
    }
}
