import Events
import Support
import Tensor

/// Some users' histories one after the other, without padding: what the transformer reads.
struct SequenceBatch: Sendable {
    /// Sequence `s` is the rows `offsets[s]..<offsets[s + 1]`.
    private(set) var offsets: [Int] = [0]
    /// `[rows]`
    private(set) var items: [Int32] = []
    /// `[rows]`: places counted back from the newest event, which has the last one.
    private(set) var positions: [Int32] = []
    /// `[rows]`: what comes next; empty where nothing is trained.
    private(set) var targets: [Int32] = []
    /// `[rows]`: how much each target counts in the loss, likewise.
    private(set) var targetWeights: [Float] = []
    private(set) var times = AttentionShape.Times(events: [], requests: [])

    /// The number of learned positions; only the newest so many events are read.
    let positionCount: Int

    init(positionCount: Int) {
        self.positionCount = positionCount
    }

    var rowCount: Int { items.count }
    /// The rows of the newest events, one for each sequence.
    var lastRows: [Int32] { offsets.dropFirst().map { Int32($0 - 1) } }

    /// Adds a sequence that foretells each of its events but the first from those before it.
    mutating func appendTraining(_ events: some BidirectionalCollection<SequenceEvent>) {
        let window = Array(events.suffix(positionCount + 1))
        append(window.dropLast(), requests: window.dropFirst().map(\.seconds))
        targets += window.dropFirst().map(\.item)
        targetWeights += window.dropFirst().map(\.weight)
    }

    /// Adds a sequence that is asked for what comes after it, at the given moment.
    ///
    /// - Precondition: it isn't empty.
    mutating func append(_ events: some BidirectionalCollection<SequenceEvent>, now: Int64) {
        let window = Array(events.suffix(positionCount))
        append(window[...], requests: window.dropFirst().map(\.seconds) + [now])
    }

    /// Puts other numbers in the places of the items.
    mutating func renumber(_ number: (Int32) -> Int32) {
        items = items.map(number)
        targets = targets.map(number)
    }

    private mutating func append(_ window: ArraySlice<SequenceEvent>, requests: [Int64]) {
        precondition(!window.isEmpty, "a sequence without events")
        // Gaps are what is read, so each sequence may count from its first event.
        let origin = window[window.startIndex].seconds
        func relative(_ seconds: Int64) -> Int32 {
            Int32(clamping: seconds.subtractingReportingOverflow(origin).partialValue)
        }
        items += window.map(\.item)
        positions += (positionCount - window.count..<positionCount).map(Int32.init)
        times.events += window.map { relative($0.seconds) }
        times.requests += requests.map(relative)
        offsets.append(items.count)
    }
}

/// An event as the transformer reads it.
struct SequenceEvent: Sendable {
    var item: Int32
    /// Since 1970.
    var seconds: Int64
    /// How much it counts in training, as what is foretold.
    var weight: Float = 1

    /// The events that count as positive, oldest first.
    ///
    /// - Parameter weights: Where they are trained on.
    static func positive(
        in interactions: [Interaction<ItemIndex>], weights: EventWeights? = nil
    ) -> [SequenceEvent] {
        interactions.lazy.filter { $0.strength > 0 }.map {
            SequenceEvent(
                item: $0.item.rawValue, seconds: $0.time.wholeSeconds,
                weight: weights?.weight(of: $0) ?? 1)
        }
    }
}

extension Timestamp {
    /// Seconds since 1970, rounded down.
    var wholeSeconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
