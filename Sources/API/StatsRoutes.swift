import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/stats`.
struct StatsRoutes {
    private static let days = QueryParameter.integer(
        "days", "How far back what was recommended is counted",
        in: 1...Int64(RecommendationLogOptions.daysOfSums), default: 30)

    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/v1/admin/stats", .scope(.admin),
                Operation(
                    .service, "getStatistics",
                    "How much there is, and what came of recommendations",
                    query: [Self.days],
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
        var recommendations: RecommendationStats

        static let schema = Schema.object([
            "events": .integer, "users": .integer, "items": .integer, "lastSequence": .sequence,
            "usersInMemory": .integer, "uptimeSeconds": .integer,
            "models": Schema.map(of: .integer)
                .described("The version in service of each model that has one"),
            "recommendations": RecommendationStats.schema,
        ])
    }

    private func get(_ request: Request) throws -> Reply {
        let days = try request.value(of: Self.days)
        let firstDay = service.clock.now().day - days + 1
        return .work(for: request) {
            let (counts, sums) = try await service.store.reader.read { snapshot in
                (try snapshot.statistics(), try snapshot.recommendationSums(since: firstDay))
            }
            let serving = service.recommendations
            let models = serving.modelNames.compactMap { serving.slots.current($0) }
            return try Response(
                encoding: Stats(
                    events: counts.events, users: counts.users, items: counts.items,
                    lastSequence: counts.lastSequence.rawValue,
                    usersInMemory: serving.users.count,
                    uptimeSeconds: (service.clock.now() - service.startedAt).components.seconds,
                    models: Dictionary(
                        uniqueKeysWithValues: models.map { ($0.name, $0.version) }),
                    recommendations: RecommendationStats(
                        sums, log: service.store.recommendationLog, days: days)))
        }
    }
}
