import Events
import GradientChecking
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

/// The network's layers together, in Float64.
@Suite struct DNNNetworkTests {
    static let variants: [ModelSettings] = [
        [:], ["layers": 0], ["context": 0], ["content": 0], ["timePools": 0, "layers": 1],
    ]
    static let embeddingSizes = [0, 3]

    private static let itemCount = 5

    private struct Network {
        var network: DNNNetwork
        var store: ParameterStore<Double>
    }

    /// All parameters are drawn, also those that start at 0 or 1.
    private func makeNetwork(_ changes: ModelSettings, embeddingSize: Int = 0) throws -> Network {
        let settings = DNNSettings.defaults.merging([
            "historyLength": 6, "width": 4, "hiddenSize": 5, "itemBuckets": 6, "userBuckets": 4,
        ]) { $1 }.merging(changes) { $1 }
        var store = ParameterStore<Double>()
        var source = RandomSource(seed: 3)
        let network = DNNNetwork(
            itemCount: Self.itemCount, embeddingSize: embeddingSize,
            settings: try DNNSettings(settings), item: .zeros, weight: .zeros, in: &store,
            random: &source)
        for (index, id) in store.ids.enumerated() {
            let drawn = GradientCheck.random(store[id].shape, seed: UInt64(index))
            store[id] = Tensor(shape: drawn.shape, elements: drawn.elements.map { 0.5 * $0 })
        }
        return Network(network: network, store: store)
    }

    private func events(_ items: [Int32]) -> [SequenceEvent] {
        items.enumerated().map { place, item in
            SequenceEvent(item: item, seconds: Int64(place * place * 50))
        }
    }

    private let histories: [[Int32]] = [[0, 1, 2], [4, 4], [3, 2, 1, 0, 4, 2]]
    private let users: [[Int32]] = [[0, 2], [], [1]]

    /// The second item is known by its content alone.
    private var ids: SparseRows<Double> {
        var ids = SparseRows<Double>(columnCount: Self.itemCount)
        for item in 0..<Int32(Self.itemCount) { ids.appendRow(item == 1 ? [] : [item], weight: 1) }
        return ids
    }

    private func content(embeddingSize: Int) -> ContentRows<Double> {
        var features = SparseRows<Double>(columnCount: 6)
        for row: [Int32] in [[0, 3], [1], [], [3, 4], [0]] { features.appendRow(row, weight: 1) }
        return ContentRows(
            features: features,
            embeddings: embeddingSize == 0
                ? nil : GradientCheck.random([Self.itemCount, embeddingSize], seed: 11))
    }

    @Test(arguments: variants, embeddingSizes)
    func lossHasRightGradient(variant: ModelSettings, embeddingSize: Int) throws {
        let made = try makeNetwork(variant, embeddingSize: embeddingSize)
        var batch = SequenceBatch(positionCount: 6)
        for items in histories { batch.appendTraining(events(items)) }
        let input = DNNInput<Double>(batch, users: users, settings: made.network.settings)
        let error = GradientCheck.largestError(of: made.store.tensors) { tape, variables in
            let pass = ForwardPass(variables, on: tape)
            var dropout = DropoutSource(probability: 0.3, random: RandomSource(seed: 2))
            guard
                let table = made.network.vectors(
                    ids: ids, content: content(embeddingSize: embeddingSize), in: pass)
            else { return tape.constant(Tensor(scalar: .nan)) }
            let hidden = made.network.encode(
                input, events: tape.rows(batch.items, of: table, times: 2), dropout: &dropout,
                in: pass)
            return tape.softmaxCrossEntropy(
                hidden: hidden, table: table, targets: batch.targets, scale: 0.1)
        }
        // Central differences are that far off where a norm is of small numbers.
        #expect(error < 1e-5)
    }

    /// `[rows][width]`
    private func encode(
        _ batch: SequenceBatch, users: [[Int32]], onlyLast: Bool = false, _ made: Network
    ) -> [[Double]] {
        let pass = ForwardPass(made.store, on: Tape(isRecording: false))
        var none = DropoutSource.none
        let encoded = pass.tape[
            made.network.encode(
                DNNInput(batch, users: users, settings: made.network.settings),
                events: pass.tape.rows(batch.items, of: pass[made.network.items.table]),
                onlyLast: onlyLast, dropout: &none, in: pass)]
        return (0..<encoded.rowCount).map { Array(encoded.elements[$0 * 4..<$0 * 4 + 4]) }
    }

    private func batch(_ histories: [[Int32]]) -> SequenceBatch {
        var batch = SequenceBatch(positionCount: 6)
        for history in histories { batch.append(events(history), now: 10_000) }
        return batch
    }

    private func expectClose(
        _ rows: [[Double]], _ expected: [[Double]],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(rows.count == expected.count, sourceLocation: sourceLocation)
        for (row, expected) in zip(rows.joined(), expected.joined()) {
            #expect(abs(row - expected) < 1e-12, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: variants)
    func packedEqualsOneByOne(variant: ModelSettings) throws {
        let made = try makeNetwork(variant)
        let single = zip(histories, users).flatMap { encode(batch([$0]), users: [$1], made) }
        let packed = batch(histories)
        expectClose(encode(packed, users: users, made), single)
        expectClose(
            encode(packed, users: users, onlyLast: true, made),
            packed.lastRows.map { single[Int($0)] })
    }

    /// Training asks what serving will ask.
    @Test(arguments: variants)
    func trainingSeesWhatServingSees(variant: ModelSettings) throws {
        let made = try makeNetwork(variant)
        let events = events([3, 2, 1, 0, 4])
        var training = SequenceBatch(positionCount: 6)
        training.appendTraining(events)
        var serving = SequenceBatch(positionCount: 6)
        serving.append(events.dropLast(), now: events[4].seconds)
        expectClose(
            encode(training, users: [[2]], made), encode(serving, users: [[2]], made))
    }

    @Test func orderUserAndMomentCount() throws {
        let made = try makeNetwork([:])
        func last(_ items: [Int32], user: [Int32], now: Int64) -> [Double] {
            var batch = SequenceBatch(positionCount: 6)
            batch.append(events(items), now: now)
            return encode(batch, users: [user], onlyLast: true, made)[0]
        }
        let all = [
            last([0, 1, 2], user: [], now: 500), last([1, 0, 2], user: [], now: 500),
            last([0, 1, 2], user: [3], now: 500), last([0, 1, 2], user: [], now: 5000),
        ]
        #expect(Set(all).count == 4)
    }

    @Test func theNamesAreThoseOfTheCheckpoint() throws {
        let made = try makeNetwork(["layers": 1], embeddingSize: 3)
        #expect(
            made.store.names == [
                "items.weight", "items.features.weight", "items.embedding.weight",
                "items.embedding.bias", "input.weight", "input.bias", "context.weight",
                "users.features.weight", "layers.0.norm.weight",
                "layers.0.norm.bias", "layers.0.weight", "layers.0.bias", "output.weight",
                "output.bias", "norm.weight", "norm.bias",
            ])
    }
}
