/// A batch of sequences cut into parts of about as many rows each: what one worker computes at once
/// stays in its cache, and no worker waits long for another.
enum BatchParts {
    /// Deals the longest sequences first, each to the part that is the shortest so far.
    ///
    /// - Parameters:
    ///   - batch: Numbers of sequences.
    ///   - rowCounts: By number, the rows of each sequence.
    ///   - rowsOfPart: Rows that a worker takes at once, about.
    /// - Returns: The numbers in each part, none of them empty; as many parts for each worker.
    static func split(
        _ batch: [Int], rowCounts: [Int], rowsOfPart: Int = 4096, workers: Int
    ) -> [[Int]] {
        let rows = batch.reduce(0) { $0 + rowCounts[$1] }
        let each = max(1, (rows + workers * rowsOfPart - 1) / (workers * rowsOfPart))
        var parts = [(rows: Int, sequences: [Int])](repeating: (0, []), count: workers * each)
        let longestFirst = batch.sorted { (rowCounts[$1], $0) < (rowCounts[$0], $1) }
        for sequence in longestFirst {
            let lightest = parts.indices.min { parts[$0].rows < parts[$1].rows } ?? 0
            parts[lightest].rows += rowCounts[sequence]
            parts[lightest].sequences.append(sequence)
        }
        return parts.map(\.sequences).filter { !$0.isEmpty }
    }
}
