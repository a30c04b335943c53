import Events

/// An upload that is judged and not stored, part by part: what would have been stored of it so far.
package struct DryRun: Sendable {
    /// What an id takes in memory while it is remembered, roughly.
    private static let bytesPerID = 22

    private let maximumIDs: Int
    /// The beginnings of the hashes of the ids and of the fields: keyed, so nobody makes two of them
    /// equal, and by chance two among a million are with a probability of 3·10⁻⁸.
    private var ids: [UInt64: UInt64] = [:]
    private var types: Set<String> = []

    package init(maximumIDs: Int = 1_000_000) {
        self.maximumIDs = maximumIDs
    }

    /// How much memory it takes, roughly.
    package var byteCount: Int { ids.capacity * Self.bytesPerID }

    /// The verdicts on the next part, as if what came before it was stored. The number of an event
    /// that would be stored is none that it will have.
    ///
    /// - Throws: `StoreRefusal.longDryRun` where more ids came before than are remembered.
    package mutating func judge(
        _ events: [Event], by store: Store
    ) async throws -> AppendOutcome {
        let digests = events.map { EventDigest(of: $0, store.secrets.events) }
        guard ids.count < maximumIDs || digests.allSatisfy({ $0 == nil }) else {
            throw StoreRefusal.longDryRun(maximumIDs: maximumIDs)
        }
        let known = digests.map { digest in digest.flatMap(verdict(on:)) }
        let rest = known.indices.filter { known[$0] == nil }
        let outcome = try await store.rehearse(
            rest.map { events[$0] }, digests: rest.map { digests[$0] }, after: types)
        var verdicts = known
        for (place, verdict) in zip(rest, outcome.verdicts) {
            verdicts[place] = verdict
            if case .accepted = verdict { note(events[place], digests[place]) }
        }
        return AppendOutcome(
            verdicts: verdicts.compactMap { $0 }, lastSequence: outcome.lastSequence)
    }

    /// On an id of an earlier part; nil for any other.
    private func verdict(on digest: EventDigest) -> EventVerdict? {
        guard let fields = ids[digest.id.high] else { return nil }
        return fields == digest.fields.high ? .duplicate(.zero) : .conflict
    }

    private mutating func note(_ event: Event, _ digest: EventDigest?) {
        types.insert(event.type)
        if let digest { ids[digest.id.high] = digest.fields.high }
    }
}

extension Store {
    /// The verdicts on events of which nothing stays.
    ///
    /// - Parameter types: Those that were stored before, if this were no rehearsal.
    fileprivate func rehearse(
        _ events: [Event], digests: [EventDigest?], after types: Set<String>
    ) async throws -> AppendOutcome {
        try await write("append", weight: max(1, events.count)) { connection in
            let rehearsed = try connection.rehearse {
                for type in types { _ = try connection.typeKey(of: type) }
                return try connection.append(events, digests: digests)
            }
            // The numbers that were given out in the rehearsal don't exist.
            return AppendOutcome(
                verdicts: rehearsed.verdicts, lastSequence: connection.lastSequence)
        }
    }
}
