/// What causal attention over packed sequences needs to know besides its numbers.
///
/// The sequences of a batch lie one after the other, without padding. Each row attends to itself
/// and to the earlier rows of its sequence.
package struct AttentionShape: Sendable {
    /// How scores become weights.
    package enum Weighting: Sendable, Equatable {
        /// exp(s) / Σ exp(s)
        case softmax
        /// silu(s) · scale, each on its own: how much there was counts.
        ///
        /// Reference: Zhai et al., "Actions Speak Louder than Words", ICML 2024, equation 2.
        case pointwise(scale: Double)
    }

    /// When the events of the rows happened, and when each row is asked, in whole seconds.
    package struct Times: Sendable {
        /// `[rows]`
        package var events: [Int32]
        /// `[rows]`: the time of the event that is to be foretold.
        package var requests: [Int32]

        package init(events: [Int32], requests: [Int32]) {
            self.events = events
            self.requests = requests
        }
    }

    /// Sequence `s` is the rows `offsets[s]..<offsets[s + 1]`.
    package let offsets: [Int]
    package let headCount: Int
    package let headSize: Int
    package let weighting: Weighting
    /// Of the weights; nil for none.
    package let dropout: DropoutMask?
    /// Needed where a bias by time gaps is given.
    package let times: Times?
    /// Rows of the longest sequence.
    package let longest: Int

    package init(
        offsets: [Int], headCount: Int, headSize: Int, weighting: Weighting = .softmax,
        dropout: DropoutMask? = nil, times: Times? = nil
    ) {
        self.offsets = offsets
        self.headCount = headCount
        self.headSize = headSize
        self.weighting = weighting
        self.dropout = dropout
        self.times = times
        longest = zip(offsets, offsets.dropFirst()).map { $1 - $0 }.max() ?? 0
    }

    package var rowCount: Int { offsets.last ?? 0 }
    /// Of queries, keys, values and output: all heads side by side.
    package var width: Int { headCount * headSize }

    /// The score's factor, 1 / √headSize.
    var scoreScale: Double { 1 / Double(headSize).squareRoot() }

    /// The number of a weight, for dropout; masks number modulo 2³².
    func weightNumber(head: Int, row: Int) -> Int {
        (head * rowCount + row) * longest
    }
}

/// Gaps between two times in classes that double every two: 0 for less than a second, then half
/// octaves of seconds.
package enum TimeGap {
    package static let bucketCount = 64

    /// The class of the gap between an event and a later moment, both in seconds.
    package static func bucket(from event: Int32, to moment: Int32) -> Int {
        let seconds = moment &- event
        guard seconds >= 1 else { return 0 }
        return Int(Float(seconds).bitPattern >> 22) - 253
    }

    /// The shortest gap in seconds that is in a higher class than `bucket`; nil above the last.
    package static func end(of bucket: Int) -> Int64? {
        guard bucket < bucketCount - 1 else { return nil }
        let bound = Float(bitPattern: UInt32(bucket + 1 + 253) << 22)
        // Beyond 2²⁴ a whole number is rounded to a Float, halfway between two of them upwards here.
        let halfway = (Double(bound.nextDown) + Double(bound)) / 2
        return Int64(halfway.rounded(.up))
    }
}

/// The parameters that bias attention scores, as far as the model has them.
package struct AttentionBias<Value> {
    /// `[heads × longest]`: by distance; the row itself last.
    package var positions: Value?
    /// `[heads × TimeGap.bucketCount]`: by the gap between an event and the request.
    package var gaps: Value?

    package init(positions: Value? = nil, gaps: Value? = nil) {
        self.positions = positions
        self.gaps = gaps
    }

    func map<Other>(_ transform: (Value) -> Other) -> AttentionBias<Other> {
        AttentionBias<Other>(positions: positions.map(transform), gaps: gaps.map(transform))
    }
}

extension AttentionBias: Sendable where Value: Sendable {}
