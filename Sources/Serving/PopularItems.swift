import Events
import Store
import Support
import Synchronization

/// How often each item was liked of late: the fallback's scores.
///
/// An event of age `a`, counted from the newest event, adds `2^(−a / halfLife)`; see
/// `DecayedCount`, which the store keeps in the same form.
///
/// Reads: event loops, through `snapshot`. Writes: the store's writer thread.
package final class PopularItems: Sendable {
    package struct Snapshot: Sendable {
        /// By `ItemKey`: log2 of the score, −∞ for an item that nobody liked.
        package fileprivate(set) var log2Scores: [Double] = []
        fileprivate var counts: [DecayedCount] = []
        fileprivate var newest = Timestamp(milliseconds: .min)
        fileprivate let halfLife: HalfLife

        /// The score of an item, counted from the newest event.
        package func score(of item: ItemKey) -> Double {
            counts[Int(item.rawValue)].score(at: newest, halfLife: halfLife)
        }

        fileprivate mutating func change(
            _ item: ItemKey, _ change: (inout DecayedCount, HalfLife) -> Void
        ) {
            let row = Int(item.rawValue)
            let missing = row + 1 - counts.count
            if missing > 0 {
                counts += repeatElement(DecayedCount(), count: missing)
                log2Scores += repeatElement(-.infinity, count: missing)
            }
            change(&counts[row], halfLife)
            log2Scores[row] = counts[row].log2Score
        }
    }

    private let state: Mutex<Snapshot>

    package init(halfLifeDays: Double) {
        state = Mutex(Snapshot(halfLife: HalfLife(days: halfLifeDays)))
    }

    package func snapshot() -> Snapshot {
        state.withLock { $0 }
    }

    /// Starts from the store's own counts.
    package func load(_ items: [ItemPopularity], newest: Timestamp?) {
        state.withLock { state in
            for item in items { state.change(item.item) { count, _ in count = item.count } }
            state.newest = newest ?? state.newest
        }
    }

    package func add(_ events: [StoredEvent]) {
        state.withLock { state in
            for event in events {
                let interaction = event.interaction
                state.newest = max(state.newest, interaction.time)
                guard interaction.strength > 0 else { continue }
                state.change(event.item) { $0.add(interaction.time, halfLife: $1) }
            }
        }
    }

    /// Takes back what erased events had given that were folded before.
    package func remove(_ folded: StoreErasure.Folded) {
        state.withLock { state in
            state.change(folded.item) { $0.remove(folded.since, count: folded.count, halfLife: $1) }
        }
    }

    /// Takes an erased event back.
    package func remove(_ event: StoredEvent) {
        let interaction = event.interaction
        guard interaction.strength > 0 else { return }
        state.withLock { state in
            state.change(event.item) { $0.remove(interaction.time, halfLife: $1) }
        }
    }
}
