import Events
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
    /// Read and ranked on the event loop: thousands of ids, not megabytes.
    static let maximumBodyBytes = 256 << 10

    let service: APIService

    var routes: [Route] {
        [
            Route(.get, "/v1/users/{user}/recommendations", .scope(.recommendations), get),
            Route(
                .post, "/v1/recommendations", .scope(.recommendations),
                body: .collected(
                    maxBytes: min(Self.maximumBodyBytes, service.options.maximumBodyBytes)), post),
            Route(.get, "/v1/items/{item}/similar", .scope(.recommendations), getSimilar),
        ]
    }

    private func get(_ request: Request) throws -> Reply {
        let parameters = try QueryParameters(
            request, known: ["k", "model", "exclude"],
            planned: ["explain", "diversity", "filter"])
        return try reply(
            to: request,
            RecommendationQuery(
                user: try request.userID(),
                k: Int(try parameters.integer("k", in: Self.kRange) ?? 10),
                model: parameters.text("model"), exclude: try parameters.items("exclude")),
            .recommendations)
    }

    private func post(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        let body = try JSONCoding.decode(RecommendationBody.self, from: request)
        return try reply(
            to: request, try body.query(now: service.clock.now()), .recommendations)
    }

    /// What those go for who liked this one item.
    private func getSimilar(_ request: Request) throws -> Reply {
        let parameters = try QueryParameters(request, known: ["k", "model"])
        let item = try request.itemID()
        guard service.recommendations.items.key(of: item) != nil else {
            throw Problem.notFound("there is no item with this id")
        }
        return try reply(
            to: request,
            RecommendationQuery(
                history: [.init(item: item)],
                k: Int(try parameters.integer("k", in: Self.kRange) ?? 10),
                model: parameters.text("model"), exclude: [item]),
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

/// The body of `POST /v1/recommendations`.
private struct RecommendationBody: Decodable {
    private enum Key: String, CodingKey {
        case user, history, k, model, exclude, candidates, excludeSeen
    }

    /// In the contract, but not in this version.
    private enum Planned: String, CodingKey, CaseIterable {
        case filter, diversity, explain
    }

    private struct Entry: Decodable {
        var item: String
        var type: String?
        var value: Double?
        var time: JSONTimestamp?

        private enum Key: String, CodingKey {
            case item, type, value, time
        }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {  // or an object
                item = text
                return
            }
            let fields = try decoder.container(keyedBy: Key.self)
            item = try fields.decode(String.self, forKey: .item)
            type = try fields.decodeIfPresent(String.self, forKey: .type)
            value = try fields.decodeIfPresent(Double.self, forKey: .value)
            time = try fields.decodeIfPresent(JSONTimestamp.self, forKey: .time)
        }
    }

    private var user: String?
    private var history: [Entry]?
    private var k: Int64
    private var model: String?
    private var exclude: [String]
    private var candidates: [String]?
    private var excludeSeen: Bool

    init(from decoder: any Decoder) throws {
        let planned = try decoder.container(keyedBy: Planned.self)
        for key in Planned.allCases where planned.contains(key) {
            throw Problem.notBuilt("field \(key.rawValue)")
        }
        let fields = try decoder.container(keyedBy: Key.self)
        user = try fields.decodeIfPresent(String.self, forKey: .user)
        history = try fields.decodeIfPresent([Entry].self, forKey: .history)
        k = try fields.decodeIfPresent(Int64.self, forKey: .k) ?? 10
        model = try fields.decodeIfPresent(String.self, forKey: .model)
        exclude = try fields.decodeIfPresent([String].self, forKey: .exclude) ?? []
        candidates = try fields.decodeIfPresent([String].self, forKey: .candidates)
        excludeSeen = try fields.decodeIfPresent(Bool.self, forKey: .excludeSeen) ?? true
    }

    func query(now: Timestamp) throws -> RecommendationQuery {
        guard user != nil || history != nil else {
            throw Problem.badRequest("invalid-request", "user or history is required")
        }
        guard RecommendationsRoutes.kRange.contains(k) else {
            throw Problem.badRequest("invalid-request", "k must be an integer from 1 to 500")
        }
        let rules = EventRules(now: now)
        return RecommendationQuery(
            user: try user.map { try UserID($0, named: "user") },
            history: try (history ?? []).map { entry in
                RecommendationQuery.HistoryEntry(
                    item: try ItemID(entry.item, named: "history"), type: entry.type,
                    value: entry.value, time: try entry.time.map { try $0.time(rules) })
            },
            k: Int(k), model: model,
            exclude: try exclude.map { try ItemID($0, named: "exclude") },
            candidates: try candidates?.map { try ItemID($0, named: "candidates") },
            excludeSeen: excludeSeen)
    }
}

extension JSONTimestamp {
    /// - Throws: `Problem` (400) for a time that no event may have.
    fileprivate func time(_ rules: EventRules) throws -> Timestamp {
        do {
            return try rules.time(timestamp)
        } catch {
            throw Problem.badRequest(error.code.rawValue, "history: " + error.reason)
        }
    }
}
