import GradientChecking
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

/// The network's layers together, in Float64.
@Suite struct TransformerNetworkTests {
    static let variants: [ModelSettings] = [
        [:],
        ["gates": 1, "temperature": 0.5],
        ["positionBias": 1, "gapBias": 1],
        ["pointwise": 1],
        ["pointwise": 1, "positionBias": 1, "gapBias": 1, "temperature": 0.5],
    ]

    private static let itemCount = 5

    private struct Network {
        var network: TransformerNetwork
        var store: ParameterStore<Double>
    }

    /// All parameters are drawn, also those that start at 0 or 1.
    private func makeNetwork(_ changes: ModelSettings) throws -> Network {
        let settings = TransformerSettings.reference.merging([
            "positions": 4, "width": 4, "blocks": 2, "heads": 2, "feedForwardSize": 3,
            "positionBias": 0, "gapBias": 0,
        ]) { $1 }.merging(changes) { $1 }
        var store = ParameterStore<Double>()
        var source = RandomSource(seed: 3)
        let network = TransformerNetwork(
            itemCount: Self.itemCount, settings: try TransformerSettings(settings),
            weight: .truncatedNormal(standardDeviation: 0.5), in: &store, random: &source)
        for (index, id) in store.ids.enumerated() {
            let shape = store[id].shape
            store[id] = GradientCheck.random(shape, seed: UInt64(index))
        }
        return Network(network: network, store: store)
    }

    private func events(_ items: [Int32]) -> [SequenceEvent] {
        items.enumerated().map { place, item in
            SequenceEvent(item: item, seconds: Int64(place * place * 50))
        }
    }

    private var trainingBatch: SequenceBatch {
        var batch = SequenceBatch(positionCount: 4)
        for items: [Int32] in [[0, 1, 2], [4, 4], [3, 2, 1, 0, 4, 2]] {
            batch.appendTraining(events(items))
        }
        return batch
    }

    @Test(arguments: variants, [0, 0.3])
    func lossHasRightGradient(variant: ModelSettings, dropoutProbability: Double) throws {
        let made = try makeNetwork(variant)
        let batch = trainingBatch
        let error = GradientCheck.largestError(of: made.store.tensors) { tape, variables in
            let pass = ForwardPass(variables, on: tape)
            var dropout = DropoutSource(
                probability: dropoutProbability, random: RandomSource(seed: 2))
            let hidden = made.network.encode(batch, dropout: &dropout, in: pass)
            return tape.softmaxCrossEntropy(
                hidden: hidden,
                table: made.network.outputTable(pass[made.network.items.table], in: pass),
                targets: batch.targets, logitScale: 2, scale: 0.1)
        }
        // Central differences are that far off where a norm is of small numbers.
        #expect(error < 1e-5)
    }

    /// `[rows][width]` of each history on its own.
    private func encode(_ batch: SequenceBatch, _ made: Network) -> [[Double]] {
        let pass = ForwardPass(made.store, on: Tape(isRecording: false))
        var none = DropoutSource.none
        let encoded = pass.tape[made.network.encode(batch, dropout: &none, in: pass)]
        return (0..<encoded.rowCount).map { Array(encoded.elements[$0 * 4..<$0 * 4 + 4]) }
    }

    private func batch(_ histories: [[Int32]], now: Int64 = 10_000) -> SequenceBatch {
        var batch = SequenceBatch(positionCount: 4)
        for history in histories { batch.append(events(history), now: now) }
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
        let histories: [[Int32]] = [[0, 1, 2], [4], [3, 2, 1, 0]]
        let single = histories.flatMap { encode(batch([$0]), made) }
        expectClose(encode(batch(histories), made), single)
    }

    @Test(arguments: variants)
    func aLaterEventChangesNoEarlierRow(variant: ModelSettings) throws {
        let made = try makeNetwork(variant)
        let before = encode(batch([[3, 2, 1, 0]]), made)
        let after = encode(batch([[3, 2, 1, 4]]), made)
        #expect(before[..<3] == after[..<3])
        #expect(before[3] != after[3])
    }

    @Test(arguments: variants)
    func theNewestRowsAreEncodedTheSame(variant: ModelSettings) throws {
        let made = try makeNetwork(variant)
        let batch = batch([[0, 1, 2], [4], [3, 2, 1, 0]])
        let pass = ForwardPass(made.store, on: Tape(isRecording: false))
        let last = pass.tape[made.network.encodeLast(batch, in: pass)]
        let all = encode(batch, made)
        #expect(batch.lastRows == [2, 3, 7])
        let rows = (0..<3).map { Array(last.elements[$0 * 4..<$0 * 4 + 4]) }
        expectClose(rows, batch.lastRows.map { all[Int($0)] })
    }

    /// The row of an event in the middle is the same whether it is the last or not: training asks
    /// what serving will ask.
    @Test(arguments: variants)
    func trainingSeesWhatServingSees(variant: ModelSettings) throws {
        let made = try makeNetwork(variant)
        let events = events([3, 2, 1, 0, 4])
        var training = SequenceBatch(positionCount: 4)
        training.appendTraining(events)
        var serving = SequenceBatch(positionCount: 4)
        serving.append(events.dropLast(), now: events[4].seconds)
        expectClose(encode(training, made), encode(serving, made))
    }

    @Test func eachPlaceIsTold() throws {
        let made = try makeNetwork([:])
        let rows = encode(batch([[1, 1, 1, 1]]), made)
        #expect(Set(rows).count == 4)
    }

    @Test func theNamesAreThoseOfTheCheckpoint() throws {
        let made = try makeNetwork(["gates": 1, "positionBias": 1, "gapBias": 1])
        let block = [
            "norm.weight", "norm.bias", "attention.input.weight", "attention.input.bias",
            "attention.bias.positions", "attention.bias.gaps", "attention.output.weight",
            "attention.output.bias", "feedForward.norm.weight", "feedForward.norm.bias",
            "feedForward.up.weight", "feedForward.up.bias", "feedForward.down.weight",
            "feedForward.down.bias", "attention.gate.weight", "attention.gate.bias",
            "feedForward.gate.weight", "feedForward.gate.bias",
        ]
        let names =
            ["items.weight", "positions.weight"] + block.map { "blocks.0." + $0 }
            + block.map { "blocks.1." + $0 } + ["norm.weight", "norm.bias"]
        #expect(made.store.names == names)
        let pointwise = try makeNetwork(["pointwise": 1, "blocks": 1])
        #expect(
            pointwise.store.names == [
                "items.weight", "positions.weight", "blocks.0.norm.weight", "blocks.0.norm.bias",
                "blocks.0.attention.input.weight", "blocks.0.attention.input.bias",
                "blocks.0.attention.norm.weight", "blocks.0.attention.norm.bias",
                "blocks.0.attention.output.weight", "blocks.0.attention.output.bias",
                "norm.weight", "norm.bias",
            ])
    }
}
