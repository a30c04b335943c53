import NeuralNetwork
import Tensor

/// What training minimises: the mean cross-entropy of each next event, weighted.
struct TransformerObjective: Sendable {
    let network: TransformerNetwork
    /// 1 / events of the batch
    let scale: Float
    /// The part of the catalogue that this step reads; nil for the whole.
    let sample: CatalogueSample?

    /// The loss of a part of a batch; with a sample, of one that was renumbered to its rows.
    ///
    /// - Returns: a scalar
    func loss(
        _ batch: SequenceBatch, dropout: inout DropoutSource, in pass: ForwardPass<Float>
    ) -> Variable {
        let hidden = network.encode(batch, dropout: &dropout, in: pass)  // [rows, width]
        let table = network.outputTable(pass[network.items.table], in: pass)
        let logitScale = network.settings.logitScale
        guard let sample else {
            return pass.tape.softmaxCrossEntropy(
                hidden: hidden, table: table, targets: batch.targets,
                weights: batch.targetWeights, logitScale: logitScale, scale: scale)
        }
        return pass.tape.sampledSoftmaxCrossEntropy(
            hidden: hidden, negatives: pass.tape.rows(sample.negatives, of: table),
            targets: pass.tape.rows(batch.targets, of: table),
            collisions: batch.targets.map { sample.negativeOfRow[Int($0)] },
            weights: batch.targetWeights,
            negativeWeight: Float(network.itemCount) / Float(sample.negatives.count),
            logitScale: logitScale, scale: scale)
    }
}
