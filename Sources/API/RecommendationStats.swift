import Store

/// What came of the recommendations, as `GET /v1/admin/stats` shows it: by who made them, and by
/// the place in the answer.
struct RecommendationStats: Encodable, Described {
    /// Of more, those with the most answers are listed; the sums hold all.
    private static let listedSources = 100
    private static let listedPositions = 50

    let days: Int
    let log: Log
    let models: [OfSource]
    let positions: [Position]
    let unknownLinks: [String: Int]

    static let schema = Schema.object([
        "days": .integer, "log": Log.schema, "models": .array(of: OfSource.schema),
        "positions": .array(of: Position.schema), "unknownLinks": .map(of: .integer),
    ]).named("RecommendationStatistics")

    struct Log: Encodable, Described {
        var samplingRate: Double
        var kept: Int
        var waiting: Int
        var dropped: Int
        var failedWrites: Int

        static let schema = Schema.object([
            "samplingRate": .number, "kept": .integer, "waiting": .integer, "dropped": .integer,
            "failedWrites": .integer,
        ])

        init(_ log: RecommendationLog, kept: Int) {
            let counts = log.counts
            samplingRate = log.options.samplingRate
            self.kept = kept
            waiting = counts.waiting
            dropped = counts.dropped
            failedWrites = counts.failedWrites
        }
    }

    /// Events of one type.
    struct Events: Encodable, Described {
        var count: Int
        /// For each answer that was shown, or each item at this place.
        var rate: Double

        static let schema = Schema.object(["count": .integer, "rate": .number])
    }

    struct Position: Encodable, Described {
        /// From 1.
        var position: Int
        var shown: Int
        var events: [String: Events]

        static let schema = Schema.object([
            "position": .integer, "shown": .integer, "events": .map(of: Events.schema),
        ]).named("PositionStatistics")
    }

    struct OfSource: Encodable, Described {
        var route: String
        var policy: String
        var model: String?
        var version: Int?
        var answers: Int
        /// On the items of the answers.
        var events: [String: Events]
        /// By type, on items that weren't in the answer that the event names.
        var onOtherItems: [String: Int]
        var positions: [Position]

        static let schema = Schema.object([
            "route": .answerRoute, "policy": .string, "model": .string.orAbsent,
            "version": .integer.orAbsent, "answers": .integer, "events": .map(of: Events.schema),
            "onOtherItems": .map(of: .integer), "positions": .array(of: Position.schema),
        ])
    }

    init(_ sums: RecommendationSums, log: RecommendationLog, days: Int) {
        self.days = days
        self.log = Log(log, kept: sums.kept)
        models = sums.bySource.map { OfSource($0, $1) }
            .sorted { ($1.answers, $0.name) < ($0.answers, $1.name) }
            .prefix(Self.listedSources).map { $0 }
        positions = Self.positions(sums.bySource.values.reduce(into: .init()) { $0.add($1) })
        unknownLinks = sums.unknownLinks
    }

    fileprivate static func positions(_ sums: RecommendationSums.OfSource) -> [Position] {
        let longest = sums.answersByLength.keys.max() ?? 0
        // An answer of n items shows something at each place up to n.
        var shown = sums.answersByLength.values.reduce(0, +) - (sums.answersByLength[0] ?? 0)
        var positions: [Position] = []
        for position in stride(from: 1, through: min(longest, listedPositions), by: 1) {
            let events = sums.events.compactMapValues { $0[position] }
            positions.append(
                Position(
                    position: position, shown: shown,
                    events: events.mapValues { Events($0, of: shown) }))
            shown -= sums.answersByLength[position] ?? 0
        }
        return positions
    }
}

extension RecommendationStats.OfSource {
    init(_ source: AnswerSource, _ sums: RecommendationSums.OfSource) {
        route = source.route.rawValue
        policy = source.policy
        model = source.model
        version = source.model.map { _ in source.version }
        let answers = sums.answersByLength.values.reduce(0, +)
        self.answers = answers
        events = sums.events.compactMapValues { byPosition in
            let count = byPosition.reduce(0) { $1.key > 0 ? $0 + $1.value : $0 }
            return count > 0 ? RecommendationStats.Events(count, of: answers) : nil
        }
        onOtherItems = sums.events.compactMapValues { $0[0] }
        positions = RecommendationStats.positions(sums)
    }

    /// What orders those with equally many answers.
    fileprivate var name: String { "\(route) \(policy) \(model ?? "") \(version ?? 0)" }
}

extension RecommendationStats.Events {
    fileprivate init(_ count: Int, of shown: Int) {
        self.count = count
        rate = shown > 0 ? Double(count) / Double(shown) : 0
    }
}

extension RecommendationSums.OfSource {
    fileprivate mutating func add(_ other: Self) {
        answersByLength.merge(other.answersByLength, uniquingKeysWith: +)
        events.merge(other.events) { $0.merging($1, uniquingKeysWith: +) }
    }
}
