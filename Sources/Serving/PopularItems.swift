import Events
import Foundation
import Store
import Support
import Synchronization

/// How often each item was liked of late: the fallback's scores.
///
/// An event of age `a`, counted from the newest event, adds `2^(−a / halfLife)`. Kept as
/// `Σ 2^((t − origin) / halfLife)`, so that growing older changes no order and costs nothing.
///
/// Reads: event loops, through `snapshot`. Writes: the store's writer thread.
package final class PopularItems: Sendable {
    package struct Snapshot: Sendable {
        /// By `ItemKey`; 0 for an item that nobody liked.
        package fileprivate(set) var scores: [Double] = []
        fileprivate var origin: Timestamp?
        fileprivate var newest: Timestamp?
        fileprivate let halfLife: Duration

        /// What turns a stored score into one counted from the newest event.
        package var scale: Double {
            guard let newest, let origin else { return 0 }
            return exp2(-((newest - origin) / halfLife))
        }
    }

    /// Exponents stay far below Float64's 1,024 this way.
    private static let maximumExponent = 500.0

    private let state: Mutex<Snapshot>

    package init(halfLife: Duration) {
        precondition(halfLife > .zero, "a half-life of \(halfLife) decays nothing")
        state = Mutex(Snapshot(halfLife: halfLife))
    }

    package func snapshot() -> Snapshot {
        state.withLock { $0 }
    }

    /// Starts from the store's own counts: `score` counted from `asOf`.
    package func load(_ items: [(item: ItemKey, score: Double)], asOf: Timestamp) {
        state.withLock { state in
            state.origin = asOf
            state.newest = asOf
            for (item, score) in items { Self.add(score, to: item, in: &state) }
        }
    }

    package func apply(_ events: [StoredEvent]) {
        state.withLock { state in
            for event in events where event.interaction.strength > 0 {
                Self.count(event.interaction, in: &state)
            }
        }
    }

    private static func count(_ interaction: Interaction<ItemKey>, in state: inout Snapshot) {
        let origin = state.origin ?? interaction.time
        state.origin = origin
        state.newest = max(state.newest ?? origin, interaction.time)
        var exponent = (interaction.time - origin) / state.halfLife
        if exponent > maximumExponent {
            let shift = exp2(-exponent)
            for row in state.scores.indices { state.scores[row] *= shift }
            state.origin = interaction.time
            exponent = 0
        }
        add(exp2(exponent), to: interaction.item, in: &state)
    }

    private static func add(_ score: Double, to item: ItemKey, in state: inout Snapshot) {
        let row = Int(item.rawValue)
        let missing = row + 1 - state.scores.count
        if missing > 0 { state.scores += repeatElement(0, count: missing) }
        state.scores[row] += score
    }
}
