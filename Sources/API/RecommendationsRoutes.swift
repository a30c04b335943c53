import Foundation
import HTTP
import HTTPServer
import Serving
import Store
import Support

/// `GET /v1/users/{user}/recommendations`, `POST /v1/recommendations`,
/// `GET /v1/items/{item}/similar`.
struct RecommendationsRoutes {
    static let kRange: ClosedRange<Int64> = 1...500
    private static let k = QueryParameter.integer("k", "How many items", in: kRange, default: 10)
    private static let model = QueryParameter.text(
        "model", "By default the configured one", .modelOrAuto)
    private static let exclude = QueryParameter.items("exclude", "Items that are not wanted")
    private static let answer = Operation.Answer.json(RankedAnswer.schema)
    /// Thousands of ids, not megabytes.
    static let maximumBodyBytes = 256 << 10
    /// Reading a longer body would hold up everybody else on its event loop.
    static let maximumBytesOnLoop = 8 << 10

    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/v1/users/{user}/recommendations", .scope(.recommendations),
                Operation(
                    .recommendations, "getRecommendations", "What a user may like",
                    query: [Self.k, Self.model, Self.exclude],
                    planned: ["explain", "diversity", "filter"], answers: [Self.answer]), get),
            Route(
                .post, "/v1/recommendations", .scope(.recommendations),
                body: .collected(
                    maxBytes: min(Self.maximumBodyBytes, service.options.maximumBodyBytes)),
                Operation(
                    .recommendations, "postRecommendations",
                    "What a user or a visitor with this history may like",
                    content: .json(RecommendationBody.schema), answers: [Self.answer]), post),
            Route(
                .get, "/v1/items/{item}/similar", .scope(.recommendations),
                Operation(
                    .recommendations, "getSimilarItems", "What those go for who liked this item",
                    query: [Self.k, Self.model], answers: [Self.answer], problems: [.notFound]),
                getSimilar),
        ]
    }

    private func get(_ request: Request) throws -> Reply {
        try reply(
            to: request,
            RecommendationQuery(
                user: try request.userID(), k: try request.value(of: Self.k),
                model: try request.value(of: Self.model),
                exclude: try request.value(of: Self.exclude)),
            .recommendations)
    }

    private func post(_ request: Request) throws -> Reply {
        guard request.collectedBody.count > Self.maximumBytesOnLoop else {
            return try readAndReply(to: request)
        }
        return .work(for: request) { try await readAndReply(to: request).response() }
    }

    private func readAndReply(to request: Request) throws -> Reply {
        let body = try JSONCoding.decode(RecommendationBody.self, from: request)
        return try reply(
            to: request, try body.query(now: service.clock.now()), .recommendations)
    }

    /// What those go for who liked this one item.
    private func getSimilar(_ request: Request) throws -> Reply {
        let item = try request.itemID()
        guard service.recommendations.items.key(of: item) != nil else {
            throw Problem.notFound("there is no item with this id")
        }
        return try reply(
            to: request,
            RecommendationQuery(
                history: [.init(item: item)], k: try request.value(of: Self.k),
                model: try request.value(of: Self.model), exclude: [item]),
            .similar)
    }

    /// On the event loop where the user's state is in memory; after a read of the store else.
    private func reply(
        to request: Request, _ query: RecommendationQuery, _ route: AnswerSource.Route
    ) throws -> Reply {
        if let model = query.model, !service.recommendations.isModel(model) {
            throw Problem.badRequest("unknown-model", "there is no model with this name")
        }
        if let answer = service.recommendations.answerNow(query) {
            return .now(try response(query, answer, route))
        }
        return .work(for: request) {
            try response(query, try await service.recommendations.answer(query), route)
        }
    }

    private func response(
        _ query: RecommendationQuery, _ answer: RankedAnswer, _ route: AnswerSource.Route
    ) throws -> Response {
        service.metrics.note(answer)
        let id = AnswerID(at: service.clock.now())
        let response = Response(json: try answer.json(id: id.text, user: query.user))
        service.store.recommendationLog.offer(
            id, user: answer.user,
            source: AnswerSource(
                route: route, policy: answer.policy.rawValue, model: answer.model?.name,
                version: answer.model?.version ?? 0),
            items: answer.items.map(\.key))
        return response
    }
}
