/// The best `k` of a row of scores, best first; of equal scores the lower row comes first.
///
/// - Parameter isHidden: Asked only for rows that would make it into the answer.
/// - Complexity: O(n + k log k) typically: a row that doesn't beat the worst kept costs one
///   comparison.
package func topK<Score: BinaryFloatingPoint>(
    _ scores: UnsafeBufferPointer<Score>, k: Int, isHidden: (Int) -> Bool
) -> [(row: Int, score: Score)] {
    guard k > 0 else { return [] }
    var best: [(row: Int, score: Score)] = []  // best first
    best.reserveCapacity(k + 1)
    for row in scores.indices {
        let score = scores[row]
        if best.count == k, let worst = best.last, score <= worst.score { continue }
        if isHidden(row) { continue }
        var place = best.count
        while place > 0, best[place - 1].score < score { place -= 1 }
        best.insert((row, score), at: place)
        if best.count > k { best.removeLast() }
    }
    return best
}
