import NeuralNetwork
import Support
import Tensor

/// Trains the transformer, a pass over the users an epoch: each event of a history is foretold from
/// those before it.
struct TransformerLearner: Learner {
    static let initialDeviation = 0.02
    static let itemParameters: Set = ["items.weight"]
    /// Settings that change what the same weights mean.
    static let meaningful = ["heads", "pointwise", "gates", "temperature"]

    let maxEpochs: Int
    let isWarm: Bool
    private let settings: ModelSettings
    private let seed: UInt64
    /// Each user's events, oldest first; users with fewer than two are left out.
    private let users: [[SequenceEvent]]
    /// How many events of each are foretold.
    private let rowCounts: [Int]
    private let batchSize: Int
    private let schedule: LearningRateSchedule

    let network: TransformerNetwork
    var store: ParameterStore<Float>
    private var adam: Adam<Float>
    private let parallel: DataParallel<Float>
    private var order: RandomSource
    private var catalogue: CatalogueSampler?

    init(_ data: TrainingSet, options: LearnerOptions, defaults: ModelSettings) throws {
        try OpenBLAS.load()
        settings = try options.settings.over(defaults)
        let parsed = try TransformerSettings(settings)
        maxEpochs =
            options.start == nil ? parsed.maxEpochs : min(parsed.maxEpochs, parsed.warmEpochs)
        let eventWeights = EventWeights(data)
        users = data.histories.map { history in
            SequenceEvent.positive(in: history, weights: eventWeights)
                .suffix(parsed.positionCount + 1)
        }.filter { $0.count > 1 }
        guard !users.isEmpty else { throw ModelError.nothingToLearnFrom }
        rowCounts = users.map { $0.count - 1 }
        batchSize = BatchSize.forUsers(users.count, upTo: parsed.batchSize)

        seed = options.seed
        var weights = RandomSource(seed: seed, stream: Stream.weights)
        order = RandomSource(seed: seed, stream: Stream.order)
        var store = ParameterStore<Float>()
        network = TransformerNetwork(
            itemCount: data.itemCount, settings: parsed,
            weight: .truncatedNormal(standardDeviation: Self.initialDeviation), in: &store,
            random: &weights)
        if let start = options.start {
            try start.requireSame(Self.meaningful, as: settings)
            try store.adopt(start, itemParameters: Self.itemParameters)
        }
        isWarm = options.start != nil
        schedule = Self.schedule(
            parsed, isWarm: isWarm, stepsPerEpoch: (users.count + batchSize - 1) / batchSize,
            maxEpochs: maxEpochs)
        adam = Adam(learningRate: parsed.learningRate, for: store)
        parallel = DataParallel(workers: options.workers)
        if data.itemCount > parsed.fullSoftmaxItems {
            catalogue = CatalogueSampler(
                itemCount: data.itemCount, negativeCount: parsed.negativeCount,
                random: RandomSource(seed: seed, stream: Stream.negatives))
        }
        self.store = store
    }

    /// What the seed's random numbers are for; each use has a stream of its own.
    private enum Stream {
        static let weights: UInt64 = 0
        static let order: UInt64 = 1
        static let negatives: UInt64 = 2
        static let firstStep: UInt64 = 3
    }

    mutating func runEpoch() throws -> Double {
        let shuffled = users.indices.shuffled(using: &order)
        var (sum, rows) = (0.0, 0)
        for start in stride(from: 0, to: shuffled.count, by: batchSize) {
            let batch = shuffled[start..<min(start + batchSize, shuffled.count)]
            let batchRows = batch.reduce(0) { $0 + rowCounts[$1] }
            sum += try runStep(parts(of: Array(batch)), rows: batchRows) * Double(batchRows)
            rows += batchRows
        }
        return sum / Double(rows)
    }

    func recommender() -> any Recommender {
        Transformer(settings: settings, network: network, store: store)
    }

    private func parts(of batch: [Int]) -> [SequenceBatch] {
        BatchParts.split(batch, rowCounts: rowCounts, workers: parallel.pool.count).map { part in
            var sequences = SequenceBatch(positionCount: network.settings.positionCount)
            for user in part { sequences.appendTraining(users[user]) }
            return sequences
        }
    }

    /// - Returns: The mean loss of the batch.
    private mutating func runStep(_ parts: [SequenceBatch], rows: Int) throws -> Double {
        let step = adam.stepCount + 1
        var parts = parts
        let sample = catalogue?.sample(for: &parts, of: store[network.items.table])
        let (loss, gradients) = gradients(
            of: parts, step: step,
            TransformerObjective(network: network, scale: 1 / Float(rows), sample: sample))
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
        try adam.step(
            &store, gradients: sparse(gradients, sample), rateFactor: schedule.factor(step),
            pool: parallel.pool)
        parallel.recycle(gradients)
        return Double(loss)
    }

    /// A function of its own: what it reads of the store must be let go before the optimizer
    /// changes the store in its place.
    private func gradients(
        of parts: [SequenceBatch], step: Int, _ objective: TransformerObjective
    ) -> (Float, [Tensor<Float>]) {
        let read =
            objective.sample.map { store.replacing(network.items.table, with: $0.table) } ?? store
        let probability = network.settings.dropoutProbability
        let firstStream = Stream.firstStep + UInt64(step) << 16
        return parallel.gradients(read, parts: parts.count) { [seed] part, pass in
            var dropout = DropoutSource(
                probability: probability,
                random: RandomSource(seed: seed, stream: firstStream + UInt64(part)))
            return objective.loss(parts[part], dropout: &dropout, in: pass)
        }
    }

    /// The gradient of the item table is of the rows that the sample took from it.
    private func sparse(
        _ gradients: [Tensor<Float>], _ sample: CatalogueSample?
    ) -> [Gradient<Float>] {
        zip(store.ids, gradients).map { id, gradient in
            if let sample, id == network.items.table { return .rows(sample.items, gradient) }
            return .dense(gradient)
        }
    }

    private static func schedule(
        _ parsed: TransformerSettings, isWarm: Bool, stepsPerEpoch: Int, maxEpochs: Int
    ) -> LearningRateSchedule {
        // Lower and shorter where there is something to lose.
        let epochs = isWarm ? parsed.warmEpochs : max(parsed.cosineEpochs, maxEpochs)
        return LearningRateSchedule(
            highest: isWarm ? parsed.warmRate : 1, warmupSteps: parsed.warmupSteps,
            steps: epochs * stepsPerEpoch, sinks: parsed.cosineEpochs > 0)
    }
}
