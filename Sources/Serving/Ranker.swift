import Events
import Recommenders
import Store
import Support

/// From a query and the user's state to a list: the model's scores, or the fallback's, then what
/// must not be shown, then the best k.
///
/// Work on data in memory; runs on the event loop that read the request.
package struct Ranker: Sendable {
    package let slots: ModelSlots
    package let users: UserStates
    package let items: ItemDirectory
    package let popular: PopularItems
    package let meanings: EventMeanings
    package let defaultModel: String
    private let clock: any WallClock

    package init(
        slots: ModelSlots, users: UserStates, items: ItemDirectory, popular: PopularItems,
        meanings: EventMeanings, defaultModel: String, clock: any WallClock
    ) {
        self.slots = slots
        self.users = users
        self.items = items
        self.popular = popular
        self.meanings = meanings
        self.defaultModel = defaultModel
        self.clock = clock
    }

    package func answer(_ query: RecommendationQuery, for state: UserState) -> RankedAnswer {
        let now = clock.now()
        let interactions = interactions(of: state, with: query.history, now: now)
        let directory = items.snapshot(at: now)
        let hidden = Hidden(query, interactions: interactions, items: items, directory: directory)
        var fromModel: RankedAnswer?
        // A loop: a lazy map would ask the first model twice for its first answer.
        for model in models(query, for: interactions) where fromModel == nil {
            fromModel = self.answer(of: model, query, state, interactions, hidden, now: now)
        }
        var answer = fromModel ?? fallbackAnswer(query, hidden)
        answer.user = state.user
        answer.watermark = state.watermark
        return answer
    }

    /// The model that is asked for, or for `auto` all in service, the best one for this user first.
    private func models(
        _ query: RecommendationQuery, for interactions: [Interaction<ItemKey>]
    ) -> [ServedModel] {
        let name = query.model ?? defaultModel
        guard name == ModelChoice.name else { return slots.current(name).map { [$0] } ?? [] }
        return slots.choice.candidates(for: HistoryLength(of: interactions)).map(\.model)
    }

    /// Nil where the model can make nothing of this history, or where nothing that it knows may be
    /// shown.
    private func answer(
        of model: ServedModel, _ query: RecommendationQuery, _ state: UserState,
        _ interactions: [Interaction<ItemKey>], _ hidden: Hidden, now: Timestamp
    ) -> RankedAnswer? {
        let isHidden = { row in hidden.contains(model.items[row]) }
        guard
            let best = bestOfKept(query, state, model, now: now, isHidden)
                ?? bestOfNew(query, interactions, state.attributes, model, now: now, isHidden)
        else { return nil }
        guard !best.isEmpty else { return nil }
        var items: [RankedAnswer.Item] = []
        items.reserveCapacity(best.count)
        for (row, score) in best {
            guard let key = model.items[row], let id = hidden.directory.id(of: key) else {
                continue
            }
            items.append(RankedAnswer.Item(key: key, id: id, score: score))
        }
        return RankedAnswer(
            items: items, policy: .model,
            model: RankedAnswer.Model(name: model.name, version: model.version))
    }

    /// The best rows of a model whose encoding of the log's history is kept, or is from now on. Nil
    /// for other models, and where the request brings a history of its own.
    private func bestOfKept(
        _ query: RecommendationQuery, _ state: UserState, _ model: ServedModel, now: Timestamp,
        _ isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)]? {
        guard let encoder = model.encoder, let user = query.user, query.history.isEmpty else {
            return nil
        }
        if let kept = state.encodings.encoding(
            of: state.interactions, by: model, at: now)
        {
            return encoder.best(query.k, of: kept, isHidden: isHidden)
        }
        let history = model.history(
            of: state.interactions, now: now, attributes: state.attributes)
        guard encoder.canAnswer(history) else { return nil }
        let encoding = encoder.encoding(of: history)
        users.keep(encoding, by: model, at: now, of: state, for: user)
        return encoder.best(query.k, of: encoding, isHidden: isHidden)
    }

    private func bestOfNew(
        _ query: RecommendationQuery, _ interactions: [Interaction<ItemKey>],
        _ attributes: UserAttributes, _ model: ServedModel, now: Timestamp,
        _ isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)]? {
        let history = model.history(of: interactions, now: now, attributes: attributes)
        guard model.recommender.canAnswer(history) else { return nil }
        return model.recommender.scores(for: [history]).withUnsafeBufferPointer {
            topK($0, k: query.k, isHidden: isHidden)
        }
    }

    /// What is popular, filled up with what is new.
    private func fallbackAnswer(_ query: RecommendationQuery, _ hidden: Hidden) -> RankedAnswer {
        let popular = popular.snapshot()
        let best = popular.log2Scores.withUnsafeBufferPointer { scores in
            topK(scores, k: query.k) { row in
                scores[row] == -.infinity || hidden.contains(ItemKey(Int32(row)))
            }
        }
        var ranked = best.map { row, _ in
            (key: ItemKey(Int32(row)), score: Float(popular.score(of: ItemKey(Int32(row)))))
        }
        let taken = Set(ranked.map(\.key))
        if ranked.count < query.k {
            let newest = hidden.directory.newest(query.k - ranked.count) { item in
                taken.contains(item) || hidden.contains(item)
            }
            ranked += newest.map { (key: $0, score: 0) }
        }
        return RankedAnswer(
            items: ranked.compactMap { key, score in
                hidden.directory.id(of: key)
                    .map { RankedAnswer.Item(key: key, id: $0, score: score) }
            },
            policy: taken.isEmpty ? .recent : .popular)
    }

    /// What the log has of the user, and what came with the request, oldest first.
    private func interactions(
        of state: UserState, with history: [RecommendationQuery.HistoryEntry], now: Timestamp
    ) -> [Interaction<ItemKey>] {
        guard !history.isEmpty else { return state.interactions }
        let keys = items.keys(of: history.map(\.item))
        let given = zip(history, keys).compactMap { entry, key in
            key.map { interaction(entry, item: $0, now: now) }
        }
        let all = state.interactions + given
        // Entries of the same time, or of none, stay in the order in which they came.
        return all.indices
            .sorted { (all[$0].time, $0) < (all[$1].time, $1) }
            .map { all[$0] }
    }

    /// An entry without a type counts as a like, one without a time as done just now.
    private func interaction(
        _ entry: RecommendationQuery.HistoryEntry, item: ItemKey, now: Timestamp
    ) -> Interaction<ItemKey> {
        let meaning = meanings[entry.type ?? "like"]
        return Interaction(
            item: item, isSeen: meaning.isSeen, strength: meaning.strength(value: entry.value),
            value: entry.value.map(Float.init) ?? .nan, time: entry.time ?? now)
    }
}

/// What must not be in one answer. The place of later filters.
private struct Hidden {
    let directory: ItemDirectory.Snapshot
    /// By `ItemKey`: a table is filled faster than a set, and asked faster.
    private var isHidden: [Bool]

    init(
        _ query: RecommendationQuery, interactions: [Interaction<ItemKey>], items: ItemDirectory,
        directory: ItemDirectory.Snapshot
    ) {
        self.directory = directory
        isHidden = Array(repeating: query.candidates != nil, count: directory.keyCount)
        if let candidates = query.candidates {
            for item in items.keys(of: candidates) { set(item, false) }
        }
        if !query.exclude.isEmpty {
            for item in items.keys(of: query.exclude) { set(item, true) }
        }
        if query.excludeSeen {
            for interaction in interactions where interaction.isSeen {
                set(interaction.item, true)
            }
        }
    }

    /// An item that is newer than the directory isn't available in it anyway.
    private mutating func set(_ item: ItemKey?, _ value: Bool) {
        guard let row = item.map({ Int($0.rawValue) }), row < isHidden.count else { return }
        isHidden[row] = value
    }

    func contains(_ item: ItemKey?) -> Bool {
        guard let item, directory.isAvailable(item) else { return true }
        return isHidden[Int(item.rawValue)]
    }
}
