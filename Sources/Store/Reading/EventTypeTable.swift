import Events
import GRDB
import Support
import Synchronization

/// Names and meanings of the event types by key, learned from the database as they turn up.
/// Read and written by all reader threads.
final class EventTypeTable: Sendable {
    struct Entry: Sendable {
        let name: String
        let meaning: EventMeaning
    }

    private let meanings: EventMeanings
    private let entries = Mutex<[EventTypeKey: Entry]>([:])

    init(meanings: EventMeanings) {
        self.meanings = meanings
    }

    /// All types of the database. Types are never removed, so as many as there are is all.
    func current(_ db: Database) throws -> [EventTypeKey: Entry] {
        let known = entries.withLock { $0 }
        let count = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT coalesce(max(key), 0) FROM event_types"))
        if count == known.count { return known }
        let read = try db.eventTypeNames().mapValues { name in
            Entry(name: name, meaning: meanings[name])
        }
        entries.withLock { $0 = read }
        return read
    }
}

extension [EventTypeKey: EventTypeTable.Entry] {
    /// A row's columns as a model reads them.
    func interaction(
        item: ItemKey, type: EventTypeKey, value: Double?, time: Timestamp
    ) throws -> Interaction<ItemKey> {
        guard let entry = self[type] else {
            throw StoreError(code: .damagedRow, operation: "read", context: "event type")
        }
        return Interaction(
            item: item, type: type, isSeen: entry.meaning.isSeen,
            strength: entry.meaning.strength(value: value), value: value.map(Float.init) ?? .nan,
            time: time)
    }
}
