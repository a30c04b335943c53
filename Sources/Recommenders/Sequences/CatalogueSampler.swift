import Support
import Tensor

/// The part of the item table that one training step reads: the rows of its events, and of
/// negatives that stand for the rest of the catalogue.
struct CatalogueSample: Sendable {
    /// Which item each row of `table` is of, ascending.
    let items: [Int32]
    /// `[items.count × width]`
    let table: Tensor<Float>
    /// Rows of `table`.
    let negatives: [Int32]
    /// By row of `table`: its place in `negatives`, −1 for none.
    let negativeOfRow: [Int32]
}

/// Draws the negatives of each batch, uniformly and without repeats. A step costs what it reads,
/// whatever the size of the catalogue.
struct CatalogueSampler: Sendable {
    private static let noRow: Int32 = -1

    private let negativeCount: Int
    private var random: RandomSource
    /// The candidates in some order; the negatives of a step are its first ones, after so many swaps.
    private var order: [Int32]
    /// By item: its row in the sample that is being made, −1 elsewhere and between two of them.
    private var rowOfItem: [Int32]

    /// - Parameter candidates: What negatives are drawn from, all items by default; all that a batch
    ///   may hold are among them.
    init(itemCount: Int, candidates: [Int32]? = nil, negativeCount: Int, random: RandomSource) {
        order = candidates ?? (0..<Int32(itemCount)).map { $0 }
        self.negativeCount = min(negativeCount, order.count)
        self.random = random
        rowOfItem = Array(repeating: Self.noRow, count: itemCount)
    }

    /// Draws negatives for a batch, and renumbers its parts to the rows of the sample.
    ///
    /// - Parameter table: `[items × width]`
    /// - Complexity: O(n log n) for n events and negatives
    mutating func sample(
        for parts: inout [SequenceBatch], of table: Tensor<Float>
    ) -> CatalogueSample {
        let negatives = drawNegatives()
        let items = distinct(negatives + parts.flatMap { $0.items + $0.targets })
        for (row, item) in items.enumerated() { rowOfItem[Int(item)] = Int32(row) }
        for index in parts.indices { parts[index].renumber { rowOfItem[Int($0)] } }
        let negativeRows = negatives.map { rowOfItem[Int($0)] }
        for item in items { rowOfItem[Int(item)] = Self.noRow }

        var negativeOfRow = [Int32](repeating: -1, count: items.count)
        for (place, row) in negativeRows.enumerated() { negativeOfRow[Int(row)] = Int32(place) }
        return CatalogueSample(
            items: items, table: Self.rows(items, of: table), negatives: negativeRows,
            negativeOfRow: negativeOfRow)
    }

    /// The first steps of a shuffle (Fisher & Yates), on what the last ones left.
    private mutating func drawNegatives() -> [Int32] {
        for place in 0..<negativeCount {
            order.swapAt(place, Int.random(in: place..<order.count, using: &random))
        }
        return Array(order[..<negativeCount])
    }

    /// The distinct items, ascending.
    private mutating func distinct(_ items: [Int32]) -> [Int32] {
        var found: [Int32] = []
        for item in items where rowOfItem[Int(item)] == Self.noRow {
            rowOfItem[Int(item)] = 0
            found.append(item)
        }
        return found.sorted()
    }

    /// Some rows of a table.
    static func rows(_ rows: [Int32], of table: Tensor<Float>) -> Tensor<Float> {
        let tape = Tape<Float>(isRecording: false)
        return tape[tape.rows(rows, of: tape.constant(table))]
    }
}
