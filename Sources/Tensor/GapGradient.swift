import CKernels

/// The derivative by the biases of time gaps, in four parts that are added up at the end.
struct GapGradient {
    private static let lanes = 4
    private var parts: [Float]

    init(_ gradient: UnsafeMutableBufferPointer<Float>?, headCount: Int) {
        let count = gradient == nil ? 0 : headCount * TimeGap.bucketCount * Self.lanes
        parts = Array(repeating: 0, count: count)
    }

    mutating func add(
        _ dScores: UnsafeBufferPointer<Float>, head: Int, request: Int32, events: [Int32],
        from start: Int
    ) {
        guard !parts.isEmpty else { return }
        parts.withUnsafeMutableBufferPointer { parts in
            events.withUnsafeBufferPointer { events in
                guard let part = parts.baseAddress, let event = events.baseAddress else { return }
                kernel_gap_gradient(
                    dScores.count, dScores.baseAddress, request, event + start,
                    part + head * TimeGap.bucketCount * Self.lanes)
            }
        }
    }

    func addUp(into gradient: UnsafeMutableBufferPointer<Float>?) {
        guard let gradient else { return }
        for index in gradient.indices {
            gradient[index] += parts[index * Self.lanes..<(index + 1) * Self.lanes].reduce(0, +)
        }
    }
}
