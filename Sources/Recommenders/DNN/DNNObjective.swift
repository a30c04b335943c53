import NeuralNetwork
import Support
import Tensor

/// What a step of training minimises: the mean cross-entropy of each next event, weighted.
struct DNNObjective: Sendable {
    let network: DNNNetwork
    /// 1 / events of the batch
    let scale: Float
    /// The items that this step reads.
    let sample: CatalogueSample
    /// Where the softmax is over drawn negatives: how many items they stand for.
    let drawnFrom: Int?
    let ids: SparseRows<Float>
    let content: ContentRows<Float>?

    /// The loss of a part of a batch that was renumbered to the sample's rows.
    ///
    /// - Returns: a scalar
    func loss(
        _ batch: SequenceBatch, users: [[Int32]], dropout: inout DropoutSource,
        in pass: ForwardPass<Float>
    ) -> Variable {
        let tape = pass.tape
        guard let table = network.vectors(ids: ids, content: content, in: pass) else {
            preconditionFailure("items without vectors")
        }
        let width = Float(network.settings.width)
        let events = tape.rows(batch.items, of: table, times: width.squareRoot())
        let hidden = network.encode(
            DNNInput(batch, users: users, settings: network.settings), events: events,
            dropout: &dropout, in: pass)  // [rows, width]
        guard let drawnFrom else {
            return tape.softmaxCrossEntropy(
                hidden: hidden, table: table, targets: batch.targets,
                weights: batch.targetWeights, scale: scale)
        }
        return tape.sampledSoftmaxCrossEntropy(
            hidden: hidden, negatives: tape.rows(sample.negatives, of: table),
            targets: tape.rows(batch.targets, of: table),
            collisions: batch.targets.map { sample.negativeOfRow[Int($0)] },
            weights: batch.targetWeights,
            negativeWeight: Float(drawnFrom) / Float(sample.negatives.count), scale: scale)
    }
}
