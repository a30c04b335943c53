import Events
import HTTP
import Serving
import Support

/// The body of `POST /v1/recommendations`.
struct RecommendationBody: Decodable, Described {
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

        static let schema = Schema.any(of: [
            .id,
            .object([
                "item": .id, "type": .string.optional, "value": .number.optional,
                "time": .anyTime.optional,
            ]),
        ])

        private enum Key: String, CodingKey {
            case item, type, value, time
        }

        init(from decoder: any Decoder) throws {
            // try?: else it is an object, whose own errors say what is wrong
            if let text = try? decoder.singleValueContainer().decode(String.self) {
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

    /// As long as the histories that are read of the log.
    static let maximumHistory = 5000
    static let maximumExcluded = 10_000
    static let maximumCandidates = 10_000

    static let schema = Schema.object([
        "user": .id.optional,
        "history": list(of: Entry.schema, atMost: maximumHistory),
        "k": Schema.integer(RecommendationsRoutes.kRange).with("default", 10).optional,
        "model": .modelOrAuto.optional, "exclude": list(of: .id, atMost: maximumExcluded),
        "candidates": list(of: .id, atMost: maximumCandidates)
            .described("With them, nothing else is answered"),
        "excludeSeen": Schema.boolean.with("default", true).optional,
    ]).described("A user, a history or both").named("RecommendationRequest")

    private static func list(of element: Schema, atMost maximum: Int) -> Schema {
        Schema.array(of: element, ["maxItems": .integer(Int64(maximum))]).optional
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
        try Self.check(history, .history, atMost: Self.maximumHistory)
        try Self.check(exclude, .exclude, atMost: Self.maximumExcluded)
        try Self.check(candidates, .candidates, atMost: Self.maximumCandidates)
    }

    private static func check(
        _ list: (some Collection)?, _ key: Key, atMost maximum: Int
    ) throws {
        guard let list, list.count > maximum else { return }
        throw Problem.badRequest(
            "invalid-request", "\(key.rawValue) may have at most \(maximum) entries")
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
