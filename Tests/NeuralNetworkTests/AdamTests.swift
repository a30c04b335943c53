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

    private func table(_ elements: [Double], width: Int) -> ParameterStore<Double> {
        var store = ParameterStore<Double>()
        _ = store.add(
            "table", Tensor(shape: [elements.count / width, width], elements: elements))
        return store
    }

    /// Worked by hand: w = 1, α = 0.1. Row 0 has the numbers of the dense test; row 1 is in the
    /// last two steps, row 2 in the first and last, row 3 in none. The corrections are the step's.
    @Test func threeStepsOfSomeRowsMatchNumbersWorkedByHand() throws {
        var store = table([1, 1, 1, 1], width: 1)
        var adam = Adam(learningRate: 0.1, for: store)
        let pool = WorkerPool(count: 1)
        //      t  g      m       v              m̂            v̂            w
        // row 1
        //      2  0.25   0.025   0.0000625      0.131578947  0.031265633  0.925586322
        //      3  −1    −0.0775  0.0010624375  −0.285977860  0.354500215  0.973617601
        // row 2
        //      1  0.5    0.05    0.00025        0.5          0.25         0.900000002
        //      3  −1    −0.055   0.00124975    −0.202952030  0.417000195  0.931428618
        let steps: [(rows: [Int32], gradient: [Double], expected: [Double])] = [
            ([0, 2], [0.5, 0.5], [0.900000002, 1, 0.900000002, 1]),
            ([0, 1], [0.25, 0.25], [0.806782040, 0.925586322, 0.900000002, 1]),
            ([0, 1, 2], [-1, -1, -1], [0.827417743, 0.973617601, 0.931428618, 1]),
        ]
        for step in steps {
            let gradient = Tensor(shape: [step.rows.count, 1], elements: step.gradient)
            try adam.step(&store, gradients: [.rows(step.rows, gradient)], pool: pool)
            for (weight, expected) in zip(store.tensors[0].elements, step.expected) {
                #expect(abs(weight - expected) < 1e-8)
            }
        }
    }

    /// Enough rows for the workers to share.
    @Test(arguments: [1, 2, 3])
    func allRowsAreTheDenseStep(workers: Int) throws {
        var source = RandomSource(seed: 1)
        let (rows, width) = (700, 64)
        var dense = table((0..<rows * width).map { _ in source.normal() }, width: width)
        var lazy = dense
        var denseAdam = Adam(learningRate: 0.1, for: dense)
        var lazyAdam = denseAdam
        let pool = WorkerPool(count: workers)
        for _ in 0..<3 {
            let gradient = Tensor<Double>(
                shape: [rows, width], elements: (0..<rows * width).map { _ in source.normal() })
            try denseAdam.step(&dense, gradients: [.dense(gradient)], pool: pool)
            try lazyAdam.step(
                &lazy, gradients: [.rows(Array(0..<Int32(rows)), gradient)], pool: pool)
        }
        #expect(dense.tensors == lazy.tensors)
    }

    @Test func noRowsChangeNothing() throws {
        var store = table([1, 2], width: 2)
        var adam = Adam(learningRate: 0.1, for: store)
        try adam.step(
            &store, gradients: [.rows([], Tensor(zeros: [0, 2]))], pool: WorkerPool(count: 2))
        #expect(store.tensors[0].elements == [1, 2])
        #expect(adam.stepCount == 1)
    }

    @Test(arguments: [1, 2])
    func namesTheTableWithARowThatIsNotFinite(workers: Int) throws {
        var store = table([Double](repeating: 1, count: 100_000), width: 100)
        var adam = Adam(learningRate: 0.1, for: store)
        let pool = WorkerPool(count: workers)
        let rows = [Int32](0..<999)
        var gradient = Tensor<Double>(zeros: [999, 100])
        try adam.step(&store, gradients: [.rows(rows, gradient)], pool: pool)
        gradient.elements[99_899] = .infinity
        #expect(throws: TrainingError.notFinite(parameter: "table", step: 2)) {
            try adam.step(&store, gradients: [.rows(rows, gradient)], pool: pool)
        }
    }

    /// What it is not given stays, and the moments belong to what it is given.
    @Test func movesItsOwnParametersAlone() throws {
        var store = ParameterStore<Double>()
        let ids = [1.0, 2, 3].enumerated().map { place, value in
            store.add("p\(place)", Tensor(shape: [1], elements: [value]))
        }
        var adam = Adam(learningRate: 0.1, for: store, parameters: [ids[2], ids[0]])
        for _ in 0..<3 {
            try adam.step(
                &store,
                gradients: [5.0, -7].map { .dense(Tensor(shape: [1], elements: [$0])) },
                pool: WorkerPool(count: 1))
        }
        let values = store.tensors.map(\.elements[0])
        #expect(abs(values[0] - 1.3) < 1e-7 && values[1] == 2 && abs(values[2] - 2.7) < 1e-7)
    }

    /// With half the rate the first step is half as long.
    @Test func rateFactorScalesTheStep() throws {
        var store = store([1])
        var adam = Adam(learningRate: 0.1, for: store)
        let gradient = Tensor<Double>(shape: [1], elements: [3])
        try adam.step(
            &store, gradients: [.dense(gradient)], rateFactor: 0.5, pool: WorkerPool(count: 1))
        #expect(abs(store.tensors[0].elements[0] - 0.95) < 1e-8)
    }
}
