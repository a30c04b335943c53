import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct DataParallelTests {
    private let items = 90

    /// - Parameter parts: Of the batch; nil for one a worker.
    private func loss(
        workers: Int, batchSize: Int, parts: Int? = nil, trained: [Int]? = nil
    ) -> (Double, [[Double]]) {
        var store = ParameterStore<Double>()
        var source = RandomSource(seed: 4)
        let input = EmbeddingBag(
            "input", inputSize: items, outputSize: 20, weight: .xavierUniform, bias: .zeros,
            in: &store, random: &source)
        let output = Linear(
            "output", inputSize: 20, outputSize: items, weight: .xavierUniform,
            bias: .truncatedNormal(standardDeviation: 0.1), in: &store, random: &source)
        let parallel = DataParallel<Double>(workers: workers)
        func loss(of part: Range<Int>, _ pass: ForwardPass<Double>) -> Variable {
            var bags = SparseRows<Double>(columnCount: 90)
            for row in part { bags.appendRow([Int32(row), Int32(row * 7 % 90)], weight: 0.5) }
            let hidden = pass.tape.tanh(input(bags, in: pass))
            return pass.tape.multinomialLoss(
                hidden: hidden, weight: pass[output.weight], bias: pass[output.bias],
                observed: bags, scale: 1 / Double(batchSize))
        }
        let (loss, gradients) =
            if let parts {
                parallel.gradients(store, parts: parts) { part, pass in
                    let rows = batchSize * part / parts..<batchSize * (part + 1) / parts
                    return loss(of: rows, pass)
                }
            } else {
                parallel.gradients(
                    store, training: trained.map { $0.map { store.ids[$0] } },
                    batchSize: batchSize
                ) { loss(of: $0, $1) }
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

    /// The gradients of some parameters are theirs among all, in the order asked for.
    @Test func givesTheGradientsThatAreAskedFor() {
        let all = loss(workers: 2, batchSize: 9)
        let some = loss(workers: 2, batchSize: 9, trained: [3, 0])
        #expect(some.0 == all.0)
        #expect(some.1 == [all.1[3], all.1[0]])
    }

    @Test func sameWorkersGiveTheSameBits() {
        #expect(loss(workers: 3, batchSize: 17).1 == loss(workers: 3, batchSize: 17).1)
    }

    /// Fewer parts than workers, as many, and many more.
    @Test(arguments: [1, 2, 3], [1, 2, 3, 7, 20])
    func partsAddUpToTheWholeBatch(workers: Int, parts: Int) {
        let whole = loss(workers: 1, batchSize: 40)
        let split = loss(workers: workers, batchSize: 40, parts: parts)
        #expect(abs(whole.0 - split.0) < 1e-12)
        for (whole, split) in zip(whole.1.joined(), split.1.joined()) {
            #expect(abs(whole - split) < 1e-12)
        }
        #expect(loss(workers: workers, batchSize: 40, parts: parts).1 == split.1)
    }
}
