import Support
import Tensor

/// Says which items a step of training reads, and by what they are known in it.
///
/// Items without events take no part: as negatives they would learn that nobody wants them.
struct ItemReader: Sendable {
    private let learned: [Int32]
    private let itemDropout: Double
    private var dropout: RandomSource
    /// By item: its place in `learned`, −1 for none. Where the softmax is over all of them.
    private var placeOfItem: [Int32] = []
    /// Where it is over drawn ones.
    private var sampler: CatalogueSampler?

    /// - Parameters:
    ///   - learned: The items with events, ascending.
    ///   - dropout: Says by what an item is known.
    ///   - negatives: Draws items where the catalogue is large.
    init(
        learned: [Int32], itemCount: Int, settings: DNNSettings, dropout: RandomSource,
        negatives: RandomSource
    ) {
        self.learned = learned
        self.dropout = dropout
        itemDropout = settings.readsContent ? settings.itemDropout : 0
        guard learned.count <= settings.fullSoftmaxItems else {
            sampler = CatalogueSampler(
                itemCount: itemCount, candidates: learned, negativeCount: settings.negativeCount,
                random: negatives)
            return
        }
        placeOfItem = Array(repeating: -1, count: itemCount)
        for (place, item) in learned.enumerated() { placeOfItem[Int(item)] = Int32(place) }
    }

    /// Draws for a batch, and renumbers its parts to the rows that are read.
    ///
    /// - Parameter ids: The id table, `[items × width]`.
    mutating func objective(
        network: DNNNetwork, content: ContentInput?, ids: Tensor<Float>,
        parts: inout [SequenceBatch], scale: Float
    ) -> DNNObjective {
        let sample = sampler?.sample(for: &parts, of: ids) ?? all(for: &parts, of: ids)
        var known = SparseRows<Float>(columnCount: sample.items.count)
        for row in sample.items.indices {
            let isDropped = content != nil && dropout.uniform() < itemDropout
            known.appendRow(isDropped ? [] : [Int32(row)], weight: 1)
        }
        return DNNObjective(
            network: network, scale: scale, sample: sample,
            drawnFrom: sampler == nil ? nil : learned.count, ids: known,
            content: content?.rows(sample.items))
    }

    private func all(for parts: inout [SequenceBatch], of ids: Tensor<Float>) -> CatalogueSample {
        for index in parts.indices { parts[index].renumber { placeOfItem[Int($0)] } }
        return CatalogueSample(
            items: learned, table: CatalogueSampler.rows(learned, of: ids), negatives: [],
            negativeOfRow: [])
    }
}
