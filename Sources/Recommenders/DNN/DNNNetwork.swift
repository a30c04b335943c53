import NeuralNetwork
import Support
import Tensor

/// The layers of the deep retrieval network.
///
///     v_i = d_i E[i] + Σ F[features of i] + P e_i + b   an item: id, content, given embedding
///     h   = relu(W [pools of √width · v] + b + Σ C[context] + Σ U[features of the user])
///     h   ← h + relu(W norm(h) + b), for each layer
///     u   = norm(W h + b);   scores = u Vᵀ
///
/// d is 0 for the items that a step of training knows by their content alone, and else 1. The sum of
/// tables in h is the paper's concatenation: each part has its own columns of one weight matrix.
///
/// Reference: Covington, Adams & Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys
/// 2016, section 3.
struct DNNNetwork: Sendable {
    let settings: DNNSettings
    let embeddingSize: Int

    let items: Embedding
    private let features: Embedding
    private let projection: Linear?
    private let input: Linear
    private let context: Embedding
    private let users: Embedding
    private let layers: [(norm: LayerNorm, linear: Linear)]
    private let output: Linear
    private let norm: LayerNorm

    /// Adds the parameters to the store.
    ///
    /// - Parameter embeddingSize: Of given embeddings; 0 without.
    init<Scalar>(
        itemCount: Int, embeddingSize: Int, settings: DNNSettings, item: Initializer,
        weight: Initializer, in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        self.settings = settings
        self.embeddingSize = embeddingSize
        func table(_ name: String, _ count: Int, _ width: Int, _ start: Initializer) -> Embedding {
            Embedding(name, count: count, width: width, weight: start, in: &store, random: &random)
        }
        func linear(_ name: String, _ inputSize: Int, _ outputSize: Int) -> Linear {
            Linear(
                name, inputSize: inputSize, outputSize: outputSize, weight: weight, bias: .zeros,
                in: &store, random: &random)
        }
        let (width, hidden) = (settings.width, settings.hiddenSize)
        items = table("items", itemCount, width, item)
        // A feature that no item of the training has says nothing: it stays 0.
        features = table("items.features", settings.itemBuckets, width, .zeros)
        projection = embeddingSize == 0 ? nil : linear("items.embedding", embeddingSize, width)
        input = linear("input", settings.pools.count * width, hidden)
        context = table("context", DNNInput<Scalar>.contextCount, hidden, .zeros)
        users = table("users.features", settings.userBuckets, hidden, .zeros)
        layers = (0..<settings.layerCount).map { index in
            (
                LayerNorm("layers.\(index).norm", width: hidden, in: &store),
                linear("layers.\(index)", hidden, hidden)
            )
        }
        output = linear("output", hidden, width)
        norm = LayerNorm("norm", width: width, in: &store)
    }

    /// The matrices between layers, which aren't tables.
    var denseWeights: [ParameterID] {
        [input.weight] + layers.map(\.linear.weight) + [output.weight]
    }

    /// The vectors of some items.
    ///
    /// - Parameters:
    ///   - ids: `[items × rows of the id table]`: 1 where the item's id counts; nil where none does.
    ///   - content: nil where it isn't read.
    /// - Returns: `[items × width]`; nil where there is neither.
    func vectors<Scalar>(
        ids: SparseRows<Scalar>?, content: ContentRows<Scalar>?, in pass: ForwardPass<Scalar>
    ) -> Variable? {
        let tape = pass.tape
        var parts: [Variable] = []
        if let ids { parts.append(tape.embeddingBag(ids, table: pass[items.table])) }
        if let content {
            parts.append(tape.embeddingBag(content.features, table: pass[features.table]))
            if let projection, let given = content.embeddings {
                parts.append(projection(tape.constant(given), in: pass))
            }
        }
        guard let first = parts.first else { return nil }
        return parts.dropFirst().reduce(first) { tape.add($0, $1) }
    }

    /// What comes after each event, as a vector.
    ///
    /// - Parameters:
    ///   - events: `[rows × width]`: the vectors of the events' items.
    ///   - onlyLast: Whether only the newest events are asked for.
    /// - Returns: `[rows × width]`, or `[sequences × width]`
    func encode<Scalar>(
        _ batch: DNNInput<Scalar>, events: Variable, onlyLast: Bool = false,
        dropout: inout DropoutSource, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let read = tape.dropout(events, dropout.next())
        var pooled = tape.recurrence(read, keep: batch.keep, take: batch.take)
        let rows = onlyLast ? batch.lastRows : batch.allRows
        if onlyLast { pooled = tape.rows(rows, of: pooled) }
        var terms = [input(pooled, in: pass)]  // [rows, hidden]
        if settings.readsContext {
            terms.append(
                tape.embeddingBag(batch.contexts(of: rows), table: pass[context.table]))
        }
        if settings.readsContent {
            let known = tape.embeddingBag(batch.users, table: pass[users.table])
            terms.append(tape.rows(rows.map { batch.sequences[Int($0)] }, of: known))
        }
        let sum = terms.count == 1 ? terms[0] : tape.weightedSum(terms.map { ($0, 1) })
        var hidden = tape.dropout(tape.activation(.relu, sum), dropout.next())
        for layer in layers {
            let inner = layer.linear(layer.norm(hidden, in: pass), in: pass)
            let added = tape.dropout(tape.activation(.relu, inner), dropout.next())
            hidden = tape.add(hidden, added)
        }
        return norm(output(hidden, in: pass), in: pass)
    }
}
