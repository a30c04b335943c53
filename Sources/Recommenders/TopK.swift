import Tensor

/// The best `k` of a row of scores, best first; of equal scores the lower row comes first.
///
/// Specialised here: callers in other modules would get the generic form, ten times as slow.
///
/// - Parameter isHidden: Asked only for rows that would make it into the answer.
/// - Complexity: O(n) comparisons, most of them in blocks; for a row that beats the worst
///   kept log k comparisons and a move of at most k elements.
@_specialize(where Score == Float)
@_specialize(where Score == Double)
package func topK<Score: TensorScalar>(
    _ scores: UnsafeBufferPointer<Score>, k: Int, isHidden: (Int) -> Bool
) -> [(row: Int, score: Score)] {
    guard k > 0 else { return [] }
    var best: [(row: Int, score: Score)] = []  // best first
    best.reserveCapacity(k + 1)
    var bound: Score?  // the worst kept, once there are k
    var row = 0
    while row < scores.count {
        if let bound {
            row += Score.firstIndex(above: bound, in: .init(rebasing: scores[row...]))
            if row == scores.count { break }
        }
        defer { row += 1 }
        if isHidden(row) { continue }
        let score = scores[row]
        var (place, end) = (0, best.count)  // the first place with a lower score, by bisection
        while place < end {
            let middle = (place + end) / 2
            if best[middle].score < score { end = middle } else { place = middle + 1 }
        }
        best.insert((row, score), at: place)
        if best.count > k { best.removeLast() }
        if best.count == k { bound = best.last?.score }
    }
    return best
}
