import Events
import Recommenders
import Store
import Support
import Synchronization

/// What the service knows of one user while it answers: the newest events, oldest first, and what
/// the application declared of him.
package struct UserState: Sendable {
    /// States of the same revision hold the same events. The watermark doesn't say that much: an
    /// event before it may have been taken back.
    struct Revision: Hashable, Sendable {
        private static let last = Atomic<Int>(0)
        private let number = last.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Nil while the log doesn't know him.
    package private(set) var user: UserKey?
    /// Ordered by (time, sequence).
    package private(set) var interactions: [Interaction<ItemKey>]
    /// The last event that was taken into account.
    package private(set) var watermark: EventSequence?
    package let attributes: UserAttributes
    private let attributeBytes: Int
    private(set) var revision = Revision()
    private(set) var encodings = KeptEncodings()

    package static let unknown = UserState(interactions: [], watermark: nil)

    /// - Parameter attributeBytes: What the attributes take in memory, roughly.
    package init(
        user: UserKey? = nil, interactions: [Interaction<ItemKey>], watermark: EventSequence?,
        attributes: UserAttributes = .none, attributeBytes: Int = 0
    ) {
        self.user = user
        self.interactions = interactions
        self.watermark = watermark
        self.attributes = attributes
        self.attributeBytes = attributeBytes
    }

    /// Bytes in memory, roughly.
    var cost: Int {
        interactions.count * MemoryLayout<Interaction<ItemKey>>.stride + encodings.size
            + attributeBytes
    }

    /// Takes one event in, at its place in time. An event that is already in is left alone.
    mutating func apply(_ event: StoredEvent, limit: Int) {
        if let watermark, event.sequence <= watermark { return }
        watermark = event.sequence
        user = event.user
        let time = event.interaction.time
        let place = interactions.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
        interactions.insert(event.interaction, at: place)
        if interactions.count > limit {
            interactions.removeFirst(interactions.count - limit)
        }
        revision = Revision()
        encodings = KeptEncodings()
    }

    mutating func keep(_ encoding: HistoryEncoding, by model: ServedModel, at now: Timestamp) {
        encodings.keep(encoding, by: model, at: now)
    }
}
