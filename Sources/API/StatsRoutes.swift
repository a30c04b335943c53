import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/stats`.
struct StatsRoutes {
    static let daysRange: ClosedRange<Int64> = 1...Int64(RecommendationLogOptions.daysOfSums)

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
        var recommendations: RecommendationStats
    }

    private func get(_ request: Request) throws -> Reply {
        let parameters = try QueryParameters(request, known: ["days"])
        let days = Int(try parameters.integer("days", in: Self.daysRange) ?? 30)
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
