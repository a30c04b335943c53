import Support
import Testing

@testable import Tensor

/// Blocked attention against its plain twin: forward and gradient.
@Suite struct AttentionKernelTests {
    private typealias Plain = PlainKernels<Float>

    /// Around the block size of 64 rows; also a sequence without rows.
    static let lengths = [1, 63, 0, 64, 65, 130]

    /// What to compute, and its numbers.
    struct Case: Sendable, CustomTestStringConvertible {
        var lengths = AttentionKernelTests.lengths
        var headCount = 1
        var headSize = 5
        var isPointwise = false
        var hasPositions = false
        var hasGaps = false
        var hasDropout = false
        /// Columns beside queries, keys and values.
        var extraColumns = 0
        /// Biases by more distances than the longest sequence has.
        var extraPositions = 0

        var testDescription: String {
            "\(lengths) rows, \(headCount) × \(headSize)"
                + "\(isPointwise ? ", pointwise" : "")\(hasPositions ? ", positions" : "")"
                + "\(hasGaps ? ", gaps" : "")\(hasDropout ? ", dropout" : "")"
        }

        var rows: Int { lengths.reduce(0, +) }
        var columns: Int { 3 * headCount * headSize + extraColumns }

        var shape: AttentionShape {
            AttentionShape(
                offsets: lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) },
                headCount: headCount, headSize: headSize,
                weighting: isPointwise ? .pointwise(scale: 0.05) : .softmax,
                dropout: hasDropout
                    ? DropoutMask(probability: 0.3, key: 0xFEDC_BA98_7654_3210) : nil,
                times: hasGaps ? times : nil)
        }

        /// Gaps of all sizes, from before the event to the longest that there is.
        var times: AttentionShape.Times {
            var source = RandomSource(seed: 6)
            let events = (0..<rows).map { _ in Int32.random(in: 0..<100_000_000, using: &source) }
            let requests = events.map { event in
                event
                    + Int32.random(
                        in: -5..<1 << Int32.random(in: 3...30, using: &source), using: &source)
            }
            return AttentionShape.Times(events: events, requests: requests)
        }

        /// Columns that must not be read are not a number.
        var input: [Float] {
            let numbers = drawn(rows * columns, scale: 1)
            return numbers.indices.map {
                $0 % columns < columns - extraColumns ? numbers[$0] : .nan
            }
        }

        var positions: [Float] {
            hasPositions
                ? drawn(headCount * (shape.longest + extraPositions), scale: 1, seed: 2) : []
        }

        var gaps: [Float] {
            hasGaps ? drawn(headCount * TimeGap.bucketCount, scale: 1, seed: 3) : []
        }

        func bias<Buffer>(_ positions: Buffer, _ gaps: Buffer) -> AttentionBias<Buffer> {
            AttentionBias(positions: hasPositions ? positions : nil, gaps: hasGaps ? gaps : nil)
        }
    }

    static let variants: [Case] = (1...3).flatMap { heads in
        (0..<16).map { bits in
            Case(
                headCount: heads, isPointwise: bits & 1 != 0, hasPositions: bits & 2 != 0,
                hasGaps: bits & 4 != 0, hasDropout: bits & 8 != 0, extraColumns: heads,
                extraPositions: heads - 1)
        }
    }

    /// Shapes at the edge, with everything that there is.
    static let edges: [Case] = [[], [0], [1], [1, 1, 1], [2], [64], [65], [129]].flatMap {
        lengths in
        [1, 16, 17].map { headSize in
            Case(
                lengths: lengths, headCount: 2, headSize: headSize,
                isPointwise: headSize == 16, hasPositions: true, hasGaps: true, hasDropout: true)
        }
    }

    @Test(arguments: variants + edges)
    func attentionMatchesTwin(variant: Case) throws {
        try OpenBLAS.load()
        let shape = variant.shape
        expectTwins(
            reading: [variant.input, variant.positions, variant.gaps],
            writing: [[Float](repeating: .nan, count: variant.rows * shape.width)],
            tolerance: 1e-5,
            fast: {
                Float.attention(shape, $0[0], bias: variant.bias($0[1], $0[2]), into: $1[0])
            },
            plain: {
                Plain.attention(shape, $0[0], bias: variant.bias($0[1], $0[2]), into: $1[0])
            })
    }

    @Test(arguments: variants + edges)
    func attentionGradientMatchesTwin(variant: Case) throws {
        try OpenBLAS.load()
        let shape = variant.shape
        let (input, positions, gaps) = (variant.input, variant.positions, variant.gaps)
        expectTwins(
            reading: [
                input, positions, gaps, drawn(variant.rows * shape.width, scale: 1, seed: 4),
            ],
            writing: [
                drawn(input.count, scale: 1, seed: 5), drawn(positions.count, scale: 1, seed: 6),
                drawn(gaps.count, scale: 1, seed: 7),
            ], tolerance: 5e-5,
            fast: {
                Float.addAttentionGradient(
                    shape, $0[0], bias: variant.bias($0[1], $0[2]), dOutput: $0[3], into: $1[0],
                    dBias: variant.bias($1[1], $1[2]))
            },
            plain: {
                Plain.addAttentionGradient(
                    shape, $0[0], bias: variant.bias($0[1], $0[2]), dOutput: $0[3], into: $1[0],
                    dBias: variant.bias($1[1], $1[2]))
            })
    }

    /// Times so far apart that their difference is beyond 32 bits: no number outside the table.
    @Test func timesBeyondAllBoundsAreReadAsTheTwinDoes() throws {
        try OpenBLAS.load()
        var variant = Case(lengths: [40], hasGaps: true)
        variant.headSize = 4
        let extremes: [Int32] = [.min, -1, 0, .max]
        let times = AttentionShape.Times(
            events: (0..<40).map { extremes[$0 % 4] },
            requests: (0..<40).map { extremes[$0 / 4 % 4] })
        let shape = AttentionShape(
            offsets: [0, 40], headCount: 1, headSize: 4, times: times)
        expectTwins(
            reading: [variant.input, variant.gaps], writing: [drawn(160)], tolerance: 1e-5,
            fast: { Float.attention(shape, $0[0], bias: variant.bias($0[1], $0[1]), into: $1[0]) },
            plain: { Plain.attention(shape, $0[0], bias: variant.bias($0[1], $0[1]), into: $1[0]) })
    }
}
