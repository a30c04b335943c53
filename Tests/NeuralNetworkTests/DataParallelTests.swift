import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct DataParallelTests {
    private let items = 90

    private func loss(workers: Int, batchSize: Int) -> (Double, [[Double]]) {
        var store = ParameterStore<Double>()
        var source = RandomSource(seed: 4)
        let input = EmbeddingBag(
            "input", inputSize: items, outputSize: 20, weight: .xavierUniform, bias: .zeros,
            in: &store, random: &source)
        let output = Linear(
            "output", inputSize: 20, outputSize: items, weight: .xavierUniform,
            bias: .truncatedNormal(standardDeviation: 0.1), in: &store, random: &source)
        let parallel = DataParallel<Double>(workers: workers)
        let (loss, gradients) = parallel.gradients(store, batchSize: batchSize) { part, pass in
            var bags = SparseRows<Double>(columnCount: 90)
            for row in part { bags.appendRow([Int32(row), Int32(row * 7 % 90)], weight: 0.5) }
            let hidden = pass.tape.tanh(input(bags, in: pass))
            return pass.tape.multinomialLoss(
                hidden: hidden, weight: pass[output.weight], bias: pass[output.bias],
                observed: bags, scale: 1 / Double(batchSize))
        }
        return (loss, gradients.map(\.elements))
    }

    @Test(arguments: [2, 3, 8], [1, 5, 40])
    func workersAddUpToTheWholeBatch(workers: Int, batchSize: Int) {
        let whole = loss(workers: 1, batchSize: batchSize)
        let split = loss(workers: workers, batchSize: batchSize)
        #expect(abs(whole.0 - split.0) < 1e-12)
        for (whole, split) in zip(whole.1, split.1) {
            for (whole, split) in zip(whole, split) { #expect(abs(whole - split) < 1e-12) }
        }
    }

    @Test func sameWorkersGiveTheSameBits() {
        #expect(loss(workers: 3, batchSize: 17).1 == loss(workers: 3, batchSize: 17).1)
    }
}
