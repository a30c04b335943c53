import Events
import Foundation
import GRDB
import Support

/// The append path: one verdict for each event.
extension WriterConnection {
    func append(_ events: [Event], digests: [EventDigest?]) throws -> AppendOutcome {
        let arrival = clock.now()
        let rules = EventRules(now: arrival)
        var verdicts: [EventVerdict] = []
        verdicts.reserveCapacity(events.count)
        var rows: [EventRow] = []
        rows.reserveCapacity(events.count)
        for (place, event) in events.enumerated() {
            let (verdict, row) = try judge(
                event, at: place, digest: digests[place], arrival: arrival, rules)
            verdicts.append(verdict)
            if let row { rows.append(row) }
        }
        try statements.insert(rows, of: events)
        userEvents.add(verdicts.compactMap(RecentEvents.Entry.init))
        return AppendOutcome(verdicts: verdicts, lastSequence: lastSequence)
    }

    /// The verdict, and the row that is to be inserted.
    private func judge(
        _ event: Event, at place: Int, digest: EventDigest?, arrival: Timestamp,
        _ rules: EventRules
    ) throws -> (EventVerdict, EventRow?) {
        let sequence = EventSequence(lastSequence.rawValue + 1)
        let entry = digest.map { EventIDEntry($0, sequence) }
        if let entry, let known = try eventIDs.entry(of: entry.id) {
            let isSame = known.fields == entry.fields
            return (isSame ? .duplicate(EventSequence(known.sequence)) : .conflict, nil)
        }
        // Whom a rejected event names doesn't come into being. Without an id its time was judged by
        // whoever read it.
        if entry != nil, let time = event.time, !rules.isNear(time) {
            return (.invalid(EventRules.tooFarAhead), nil)
        }
        guard let type = try typeKey(of: event.type) else {
            return (.invalid(EventRules.tooManyTypes), nil)
        }
        let time = event.time ?? arrival
        let user = try userKey(of: event.user)
        let item = try itemKey(of: event.item, createdAt: time)
        lastSequence = sequence
        if let entry { eventIDs.add(entry) }
        let stored = StoredEvent(
            sequence: sequence, user: user, userID: event.user, item: item,
            interaction: meanings.interaction(
                item: item, typeName: event.type, type: type, value: event.value, time: time))
        pending.add(stored, halfLife: halfLife)
        if let answer = event.recommendation {
            try countLink(to: answer, type: type, item: item, now: arrival)
        }
        let row = EventRow(
            place: place, sequence: sequence, user: user, item: item, type: type, time: time)
        return (.accepted(stored), row)
    }

    /// Takes one event out of the log; its hashes stay.
    func removeEvent(digest idHash: EventHash) throws -> StoredEvent? {
        guard let entry = try eventIDs.entry(of: idHash),
            let event = try db.storedEvent(EventSequence(entry.sequence), meanings: meanings)
        else { return nil }
        _ = try db.deleteEvent(event.sequence)
        try takeBack([event])
        pending.erased.append(.event(event))
        return event
    }

    /// Takes removed events out of the sums.
    func takeBack(_ events: some Collection<StoredEvent>) throws {
        // They may have come in this very transaction: then their share is not written yet.
        try writePending()
        pending.eventCount -= events.count
        let positive = events.lazy.filter { $0.interaction.strength > 0 }
        for (item, own) in Dictionary(grouping: positive, by: \.item) {
            try db.changePopularity(of: item) { count in
                for event in own { count.remove(event.interaction.time, halfLife: halfLife) }
            }
        }
    }
}

extension RecentEvents.Entry {
    /// Nil for what isn't stored.
    fileprivate init?(_ verdict: EventVerdict) {
        guard case .accepted(let event) = verdict else { return nil }
        self.init(user: event.user, time: event.interaction.time, sequence: event.sequence)
    }
}

extension EventMeanings {
    /// A stored row as a model reads it.
    func interaction(
        item: ItemKey, typeName: String, type: EventTypeKey, value: Double?, time: Timestamp
    ) -> Interaction<ItemKey> {
        let meaning = self[typeName]
        return Interaction(
            item: item, type: type, isSeen: meaning.isSeen,
            strength: meaning.strength(value: value), value: value.map(Float.init) ?? .nan,
            time: time)
    }
}
