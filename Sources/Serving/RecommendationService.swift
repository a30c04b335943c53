import Events
import Store
import Support

/// What the service can say about users and items: the ranker over the state in memory.
package final class RecommendationService: Sendable {
    package let users: UserStates
    package let items: ItemDirectory
    package let popular: PopularItems
    package let slots: ModelSlots
    package let ranker: Ranker
    /// The models that can be trained and served. A query may also name `auto`.
    package let modelNames: Set<String>
    private let clock: any WallClock

    package init(
        reader: StoreReader, options: ServingOptions, meanings: EventMeanings,
        modelNames: [String], clock: any WallClock
    ) {
        users = UserStates(
            byteCapacity: options.cachedBytes, historyLimit: options.historyLength
        ) { user, limit in try await reader.history(of: user, limit: limit) }
        items = ItemDirectory()
        popular = PopularItems(halfLifeDays: options.popularityHalfLifeDays)
        slots = ModelSlots()
        self.modelNames = Set(modelNames)
        self.clock = clock
        ranker = Ranker(
            slots: slots, users: users, items: items, popular: popular, meanings: meanings,
            defaultModel: options.defaultModel, clock: clock)
    }

    /// Answers at once where the user's state is in memory, or no user is named; else nil.
    package func answerNow(_ query: RecommendationQuery) -> RankedAnswer? {
        guard let user = query.user else { return ranker.answer(query, for: .unknown) }
        return users.cached(user).map { ranker.answer(query, for: $0) }
    }

    /// Answers, after reading the user's state from the store where it must.
    package func answer(_ query: RecommendationQuery) async throws -> RankedAnswer {
        guard let user = query.user else { return ranker.answer(query, for: .unknown) }
        return ranker.answer(query, for: try await users.state(of: user))
    }

    /// Whether a query may ask for it.
    package func isModel(_ name: String) -> Bool {
        name == ModelChoice.name || modelNames.contains(name)
    }

    /// Reads what is there, and takes every change in before it is acknowledged.
    ///
    /// - Precondition: nothing is written to the store meanwhile.
    package func start(following store: Store) async throws {
        items.put(try await store.reader.itemDirectory())
        // so that no request waits for all times to be looked at
        _ = items.snapshot(at: clock.now())
        let (counts, newest) = try await store.reader.read { snapshot in
            (try snapshot.popularity(), try snapshot.newestEventTime())
        }
        popular.load(counts, newest: newest)
        store.observeItems { [items] in items.put($0) }
        store.observeContents { [slots] in slots.add($0) }
        store.observeUsers { [users] changed in
            for user in changed { users.forget(user) }
        }
        store.observeAppends { [users, popular] events in
            users.apply(events)
            popular.add(events)
        }
        store.observeErasures { [users, popular] erasures in
            for erasure in erasures {
                switch erasure {
                case .event(let event):
                    users.forget(event.userID)
                    popular.remove(event)
                case .folded(let folded): popular.remove(folded)
                case .user(_, let user): users.forget(user)
                }
            }
        }
    }
}

/// The bounds of what is kept in memory, and the defaults of an answer.
package struct ServingOptions: Sendable {
    /// What the states of users may take in memory.
    package var cachedBytes = 128 << 20
    /// Newest events of one user.
    package var historyLength = 5_000
    package var popularityHalfLifeDays = 30.0
    package var defaultModel = ModelChoice.name

    package init() {}
}
