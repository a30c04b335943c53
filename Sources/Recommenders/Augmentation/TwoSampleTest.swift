import Support

/// Whether two samples of item sets may come from one distribution: the maximum mean discrepancy
/// with a permutation test.
///
///     MMD² = mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y)      x ≠ x′, y ≠ y′
///     k(a, b) = |a ∩ b| / |a ∪ b|                                Tanimoto, positive definite
///     p = (1 + permutations with at least this MMD²) / (1 + permutations)
///
/// Reference: Gretton et al., "A Kernel Two-Sample Test", JMLR 13, 2012, lemma 6; the kernel:
/// Ralaivola et al., "Graph Kernels for Chemical Informatics", Neural Networks 18, 2005.
package struct TwoSampleTest: Sendable, Equatable {
    /// The unbiased estimate; it may be a little below 0.
    package let discrepancy: Double
    /// Small: the samples differ.
    package let pValue: Double

    /// - Parameters:
    ///   - first: Item sets, ascending; at least 2.
    ///   - second: The same.
    /// - Complexity: O((m + n)² · (set size + permutations)).
    package init(
        _ first: [[Int32]], _ second: [[Int32]], permutations: Int = 199, seed: UInt64 = 1
    ) {
        precondition(
            first.count > 1 && second.count > 1, "samples of \(first.count) and \(second.count)")
        let all = first + second
        let kernel = all.map { a in all.map { Self.similarity(a, $0) } }
        var random = RandomSource(seed: seed)
        var order = Array(all.indices)
        let observed = Self.discrepancy(kernel, order, first.count)
        var atLeast = 0
        for _ in 0..<permutations {
            order.shuffle(using: &random)
            if Self.discrepancy(kernel, order, first.count) >= observed { atLeast += 1 }
        }
        discrepancy = observed
        pValue = Double(1 + atLeast) / Double(1 + permutations)
    }

    /// - Parameter order: The first `count` of it are the one sample, the rest the other.
    private static func discrepancy(
        _ kernel: [[Double]], _ order: [Int], _ count: Int
    ) -> Double {
        var (within, others, between) = (0.0, 0.0, 0.0)
        for (place, row) in order.enumerated() {
            let values = kernel[row]
            for other in place + 1..<order.count {
                let value = values[order[other]]
                if other < count {
                    within += value
                } else if place >= count {
                    others += value
                } else {
                    between += value
                }
            }
        }
        let (m, n) = (Double(count), Double(order.count - count))
        return 2 * within / (m * (m - 1)) + 2 * others / (n * (n - 1)) - 2 * between / (m * n)
    }

    /// Of two ascending lists; 1 for two empty ones.
    private static func similarity(_ a: [Int32], _ b: [Int32]) -> Double {
        var (i, j, common) = (0, 0, 0)
        while i < a.count, j < b.count {
            let (first, second) = (a[i], b[j])
            if first == second { common += 1 }
            if first <= second { i += 1 }
            if second <= first { j += 1 }
        }
        let union = a.count + b.count - common
        return union == 0 ? 1 : Double(common) / Double(union)
    }
}
