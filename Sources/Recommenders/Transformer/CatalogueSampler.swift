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

/// Draws the negatives of each batch, uniformly and without repeats.
struct CatalogueSampler: Sendable {
    private let itemCount: Int
    private let negativeCount: Int
    private var random: RandomSource

    init(itemCount: Int, negativeCount: Int, random: RandomSource) {
        self.itemCount = itemCount
        self.negativeCount = min(negativeCount, itemCount)
        self.random = random
    }

    /// Draws negatives for a batch, and renumbers its parts to the rows of the sample.
    ///
    /// - Parameter table: `[items × width]`
    mutating func sample(
        for parts: inout [SequenceBatch], of table: Tensor<Float>
    ) -> CatalogueSample {
        let negatives = drawNegatives()
        var rowOfItem = [Int32](repeating: -1, count: itemCount)
        for item in negatives { rowOfItem[Int(item)] = 0 }
        for part in parts {
            for item in part.items { rowOfItem[Int(item)] = 0 }
            for item in part.targets { rowOfItem[Int(item)] = 0 }
        }
        let items = (0..<Int32(itemCount)).filter { rowOfItem[Int($0)] == 0 }
        for (row, item) in items.enumerated() { rowOfItem[Int(item)] = Int32(row) }
        for index in parts.indices { parts[index].renumber { rowOfItem[Int($0)] } }

        let negativeRows = negatives.map { rowOfItem[Int($0)] }
        var negativeOfRow = [Int32](repeating: -1, count: items.count)
        for (place, row) in negativeRows.enumerated() { negativeOfRow[Int(row)] = Int32(place) }
        return CatalogueSample(
            items: items, table: Self.rows(items, of: table), negatives: negativeRows,
            negativeOfRow: negativeOfRow)
    }

    private mutating func drawNegatives() -> [Int32] {
        var drawn = Set<Int32>(minimumCapacity: negativeCount)
        var negatives: [Int32] = []
        while negatives.count < negativeCount {
            let item = Int32.random(in: 0..<Int32(itemCount), using: &random)
            if drawn.insert(item).inserted { negatives.append(item) }
        }
        return negatives
    }

    private static func rows(_ rows: [Int32], of table: Tensor<Float>) -> Tensor<Float> {
        let tape = Tape<Float>(isRecording: false)
        return tape[tape.rows(rows, of: tape.constant(table))]
    }
}
