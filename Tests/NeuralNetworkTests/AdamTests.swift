import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct AdamTests {
    private func store(_ elements: [Double]) -> ParameterStore<Double> {
        var store = ParameterStore<Double>()
        _ = store.add("w", Tensor(shape: [elements.count], elements: elements))
        return store
    }

    /// Worked by hand from algorithm 1 of the paper: w = 1, α = 0.1.
    @Test func threeStepsMatchNumbersWorkedByHand() throws {
        var store = store([1])
        var adam = Adam(learningRate: 0.1, for: store)
        let pool = WorkerPool(count: 1)
        // t  g      m       v              m̂            v̂            w
        // 1  0.5    0.05    0.00025        0.5          0.25         0.900000002
        // 2  0.25   0.07    0.00031225     0.368421053  0.156203102  0.806782040
        // 3  −1    −0.037   0.00131193775 −0.136531365  0.437750188  0.827417743
        let expected = [0.900000002, 0.806782040, 0.827417743]
        for (gradient, weight) in zip([0.5, 0.25, -1], expected) {
            let gradients = [Tensor<Double>(shape: [1], elements: [gradient])]
            try adam.step(&store, gradients: gradients, pool: pool)
            #expect(abs(store.tensors[0].elements[0] - weight) < 1e-8)
        }
    }

    @Test func workersChangeNothing() throws {
        var source = RandomSource(seed: 1)
        let count = 100_003
        let gradient = (0..<count).map { _ in source.normal() }
        let weights = (0..<count).map { _ in source.normal() }
        func run(workers: Int) throws -> [Double] {
            var store = store(weights)
            var adam = Adam(learningRate: 0.1, for: store)
            let gradients = [Tensor(shape: [count], elements: gradient)]
            try adam.step(&store, gradients: gradients, pool: WorkerPool(count: workers))
            return store.tensors[0].elements
        }
        let (alone, shared) = (try run(workers: 1), try run(workers: 3))
        #expect(alone == shared)
    }

    @Test(arguments: [1, 2])
    func stopsAtAWeightThatIsNotFinite(workers: Int) throws {
        var store = store([Double](repeating: 1, count: 100_000))
        var adam = Adam(learningRate: 0.1, for: store)
        let pool = WorkerPool(count: workers)
        var gradients = [Tensor<Double>(zeros: [100_000])]
        try adam.step(&store, gradients: gradients, pool: pool)
        gradients[0].elements[99_999] = .nan
        #expect(throws: TrainingError.notFinite(parameter: "w", step: 2)) {
            try adam.step(&store, gradients: gradients, pool: pool)
        }
    }

    @Test func snapshotStaysAsItWas() throws {
        var store = store([1, 2])
        let snapshot = store
        var adam = Adam(learningRate: 0.1, for: store)
        let gradients = [Tensor<Double>(shape: [2], elements: [1, 1])]
        try adam.step(&store, gradients: gradients, pool: WorkerPool(count: 1))
        #expect(snapshot.tensors[0].elements == [1, 2])
        #expect(store.tensors[0].elements != [1, 2])
    }
}
