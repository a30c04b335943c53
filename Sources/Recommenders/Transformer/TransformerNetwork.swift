import NeuralNetwork
import Support
import Tensor

/// The layers of the transformer.
///
///     x = dropout(√width · E[items] + P[positions])
///     x ← block(x), for each block
///     h = norm(x);  scores = c h Eᵀ                      E is both input and output embedding
///
/// With a temperature h and the rows of E are unit vectors in the scores, and c its inverse.
///
/// Reference: Kang & McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, section 3.
struct TransformerNetwork: Sendable {
    let itemCount: Int
    let settings: TransformerSettings

    let items: Embedding
    private let positions: Embedding
    private let blocks: [any EncoderBlock]
    private let norm: LayerNorm

    /// Adds the parameters to the store.
    init<Scalar>(
        itemCount: Int, settings: TransformerSettings, weight: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        self.itemCount = itemCount
        self.settings = settings
        items = Embedding(
            "items", count: itemCount, width: settings.width, weight: weight, in: &store,
            random: &random)
        positions = Embedding(
            "positions", count: settings.positionCount, width: settings.width, weight: weight,
            in: &store, random: &random)
        var blocks: [any EncoderBlock] = []
        for index in 0..<settings.blockCount {
            let name = "blocks.\(index)"
            blocks.append(
                settings.isPointwise
                    ? PointwiseBlock(name, settings, weight: weight, in: &store, random: &random)
                    : AttentionBlock(name, settings, weight: weight, in: &store, random: &random))
        }
        self.blocks = blocks
        norm = LayerNorm("norm", width: settings.width, in: &store)
    }

    /// What comes after each event, as a vector.
    ///
    /// - Returns: `[rows × width]`; unit rows with a temperature.
    func encode<Scalar>(
        _ batch: SequenceBatch, dropout: inout DropoutSource, in pass: ForwardPass<Scalar>
    ) -> Variable {
        finish(hidden(batch, dropout: &dropout, in: pass), in: pass)
    }

    /// The same of the newest events alone.
    ///
    /// - Returns: `[sequences × width]`
    func encodeLast<Scalar>(_ batch: SequenceBatch, in pass: ForwardPass<Scalar>) -> Variable {
        var none = DropoutSource.none
        let hidden = hidden(batch, dropout: &none, in: pass)
        return finish(pass.tape.rows(batch.lastRows, of: hidden), in: pass)
    }

    /// The item vectors that scores are inner products with.
    ///
    /// - Returns: `[items × width]`
    func outputTable<Scalar>(_ table: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        settings.temperature > 0 ? pass.tape.unitRows(table) : table
    }

    private func hidden<Scalar>(
        _ batch: SequenceBatch, dropout: inout DropoutSource, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let embedded = items(batch.items, times: Scalar(settings.width).squareRoot(), in: pass)
        let placed = tape.add(embedded, positions(batch.positions, in: pass))
        var x = tape.dropout(placed, dropout.next())  // [rows, width]
        for block in blocks { x = block(x, batch, dropout: &dropout, in: pass) }
        return x
    }

    private func finish<Scalar>(_ x: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        let normal = norm(x, in: pass)
        return settings.temperature > 0 ? pass.tape.unitRows(normal) : normal
    }
}
