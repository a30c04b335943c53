import Support
import Tensor

/// What the user's side of the network reads of a batch of histories, beside the items' vectors.
struct DNNInput<Scalar: TensorScalar>: Sendable {
    private static var lengthClasses: Int { 16 }
    /// Rows of the table of contexts: classes of gaps, then of lengths.
    static var contextCount: Int { TimeGap.bucketCount + lengthClasses }

    /// Both `[rows × pools]`.
    let keep: [Scalar]
    let take: [Scalar]
    /// `[rows]`: the class of the time between the event and the request.
    private let gaps: [Int32]
    /// `[rows]`: the class of how many events were read.
    private let lengths: [Int32]
    /// `[rows]`
    let sequences: [Int32]
    /// `[sequences × userBuckets]`, multi-hot.
    let users: SparseRows<Scalar>
    let lastRows: [Int32]

    /// - Parameter users: The hashed attributes of the user of each sequence.
    init(_ batch: SequenceBatch, users: [[Int32]], settings: DNNSettings) {
        (keep, take) = settings.pools.factors(offsets: batch.offsets, seconds: batch.times.events)
        gaps = zip(batch.times.events, batch.times.requests).map {
            Int32(TimeGap.bucket(from: $0, to: $1))
        }
        var lengths: [Int32] = []
        var sequences: [Int32] = []
        for (sequence, range) in zip(batch.offsets, batch.offsets.dropFirst()).enumerated() {
            lengths += (1...range.1 - range.0).map(Self.lengthClass)
            sequences += Array(repeating: Int32(sequence), count: range.1 - range.0)
        }
        self.lengths = lengths
        self.sequences = sequences
        var features = SparseRows<Scalar>(columnCount: settings.userBuckets)
        for buckets in users { features.appendRow(buckets, weight: 1) }
        self.users = features
        lastRows = batch.lastRows
    }

    /// The context of some of the rows, `[rows.count × contextCount]`, two ones in each.
    func contexts(of rows: [Int32]) -> SparseRows<Scalar> {
        var contexts = SparseRows<Scalar>(columnCount: Self.contextCount)
        for row in rows.map(Int.init) {
            let length = Int32(TimeGap.bucketCount) + lengths[row]
            contexts.appendRow([gaps[row], length], weight: 1)
        }
        return contexts
    }

    var allRows: [Int32] { gaps.indices.map(Int32.init) }

    /// 1, 2–3, 4–7, …
    private static func lengthClass(_ count: Int) -> Int32 {
        Int32(min(Int.bitWidth - 1 - count.leadingZeroBitCount, lengthClasses - 1))
    }
}
