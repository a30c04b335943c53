/// The best `k` of a row of scores, best first; of equal scores the lower row comes first.
///
/// - Parameter isHidden: Asked only for rows that would make it into the answer.
/// - Complexity: O(n) comparisons for the rows that don't beat the worst kept; log k comparisons
///   and a move of at most k elements for one that does.
package func topK<Score: BinaryFloatingPoint>(
    _ scores: UnsafeBufferPointer<Score>, k: Int, isHidden: (Int) -> Bool
) -> [(row: Int, score: Score)] {
    guard k > 0 else { return [] }
    var best: [(row: Int, score: Score)] = []  // best first
    best.reserveCapacity(k + 1)
    var bound: Score?  // the worst kept, once there are k
    for row in scores.indices {
        let score = scores[row]
        if let bound, score <= bound { continue }
        if isHidden(row) { continue }
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
