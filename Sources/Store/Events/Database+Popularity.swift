import Events
import GRDB
import Support

/// The popularity table against the configuration that it was computed with.
extension Database {
    /// Recomputes the table where another half-life or other meanings were configured since. Only
    /// then is the log read at a start.
    func rebuildPopularityIfNeeded(
        meanings: EventMeanings, halfLife: HalfLife, tell: @escaping (OpeningProgress) -> Void
    ) throws {
        let fingerprint = Self.fingerprint(meanings, halfLife)
        let key = "store.popularity.computedWith"
        guard try setting(key) != fingerprint else { return }
        try OpeningReporter(self, tell).report(.popularity) {
            try inTransaction(.immediate) {
                try execute(sql: "DELETE FROM item_popularity")
                try EventStatements(self).addToPopularity(
                    popularityOfLog(meanings: meanings, halfLife: halfLife))
                try setSetting(key, fingerprint)
                try setSetting(Self.halfLifeSetting, String(halfLife.days))
                return .commit
            }
        }
    }

    /// The half-life that the stored scores rest on.
    func popularityHalfLife() throws -> HalfLife {
        guard let days = try setting(Self.halfLifeSetting).flatMap(Double.init), days > 0 else {
            throw StoreError(code: .damagedRow, operation: "read", context: "half-life")
        }
        return HalfLife(days: days)
    }

    private static let halfLifeSetting = "store.popularity.halfLifeDays"

    private func popularityOfLog(
        meanings: EventMeanings, halfLife: HalfLife
    ) throws -> [ItemKey: DecayedCount] {
        var counts: [ItemKey: DecayedCount] = [:]
        let names = try eventTypeNames()
        let rows = try Row.fetchCursor(self, sql: "SELECT item, type, value, time FROM events")
        while let row = try rows.next() {
            let name = names[EventTypeKey(row[1])] ?? ""
            guard meanings[name].strength(value: row[2]) > 0 else { continue }
            counts[ItemKey(row[0]), default: DecayedCount()]
                .add(Timestamp(milliseconds: row[3]), halfLife: halfLife)
        }
        let folded = try Row.fetchCursor(
            self, sql: "SELECT item, first_time, positive FROM folded_events WHERE positive > 0")
        while let row = try folded.next() {
            counts[ItemKey(row[0]), default: DecayedCount()]
                .add(Timestamp(milliseconds: row[1]), count: row[2], halfLife: halfLife)
        }
        return counts
    }

    func eventTypeNames() throws -> [EventTypeKey: String] {
        let rows = try Row.fetchAll(self, sql: "SELECT key, name FROM event_types")
        return Dictionary(uniqueKeysWithValues: rows.map { (EventTypeKey($0[0]), $0[1]) })
    }

    /// What the scores depend on, as text.
    private static func fingerprint(_ meanings: EventMeanings, _ halfLife: HalfLife) -> String {
        let types = meanings.byType.sorted { $0.key < $1.key }.map { type, meaning in
            let from = meaning.positiveFrom.map { "\($0)" } ?? "-"
            return "\(type.debugDescription) \(meaning.weight > 0) \(meaning.sign) \(from)"
        }
        return (["half-life \(halfLife.days)"] + types).joined(separator: "\n")
    }
}
