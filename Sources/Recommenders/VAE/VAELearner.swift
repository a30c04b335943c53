import NeuralNetwork
import Support
import Tensor

/// Trains Mult-VAE, a pass over the users an epoch.
///
/// Reference: Liang et al., WWW 2018, section 2.2: the divergence's weight grows from 0 to β.
/// Differs: it is β from the first step where training goes on from an earlier model.
struct VAELearner: Learner {
    static let sizes = 1...65_536
    /// A small log is cut into smaller batches: a few steps an epoch would learn next to nothing.
    static let minimumStepsPerEpoch = 16
    static let minimumBatchSize = 2
    static let itemParameters: Set = [
        "encoder.input.weight", "decoder.items.weight", "decoder.items.bias",
    ]

    let maxEpochs: Int
    let isWarm: Bool
    let notes: [String: String]
    private let settings: ModelSettings
    private let seed: UInt64
    /// Each user's items; users without any are left out.
    private let users: [[Int32]]

    let network: VAENetwork
    var store: ParameterStore<Float>
    private var adam: Adam<Float>
    private let parallel: DataParallel<Float>
    private var order: RandomSource
    /// Users seen so far, repeats counted: each gets random numbers of its own.
    private var seenCount: UInt64 = 0

    private let batchSize: Int
    private let dropoutProbability: Double
    private let beta: Double
    private let annealSteps: Double

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        try OpenBLAS.load()
        settings = try options.settings.over(VAE.defaults)
        let maxItems = try settings.integer("maxItems", in: 1...Int(Int32.max))
        guard data.itemCount <= maxItems else {
            throw ModelError.tooManyItems(data.itemCount, maximum: maxItems)
        }
        let (data, augmentation) = try Augmentation(settings, options: options).applied(to: data)
        notes = augmentation?.notes ?? [:]
        users = data.histories.map(\.positiveItems).filter { !$0.isEmpty }
        guard !users.isEmpty else { throw ModelError.nothingToLearnFrom }

        maxEpochs = try settings.integer("epochs", in: 1...1_000_000)
        batchSize = min(
            try settings.integer("batchSize", in: 1...1_000_000),
            max(users.count / Self.minimumStepsPerEpoch, Self.minimumBatchSize))
        dropoutProbability = try settings.real("dropoutProbability", in: 0...0.99)
        beta = try settings.real("beta", in: 0...1)
        annealSteps = try settings.real("annealSteps", in: 1...1e12)

        seed = options.seed
        var weights = RandomSource(seed: seed, stream: Stream.weights)
        order = RandomSource(seed: seed, stream: Stream.order)
        var store = ParameterStore<Float>()
        network = VAENetwork(
            itemCount: data.itemCount,
            hiddenSize: try settings.integer("hiddenSize", in: Self.sizes),
            latentSize: try settings.integer("latentSize", in: Self.sizes), weight: .xavierUniform,
            bias: .truncatedNormal(standardDeviation: 0.001), in: &store, random: &weights)
        if let start = options.start {
            try store.adopt(start, itemParameters: Self.itemParameters)
        }
        isWarm = options.start != nil
        adam = Adam(learningRate: try settings.real("learningRate", in: 0...1), for: store)
        parallel = DataParallel(workers: options.workers)
        self.store = store
    }

    /// What the seed's random numbers are for; each use has a stream of its own.
    private enum Stream {
        static let weights: UInt64 = 0
        static let order: UInt64 = 1
        static let firstUser: UInt64 = 2
    }

    mutating func runEpoch() throws -> Double {
        let shuffled = users.indices.shuffled(using: &order)
        var sum = 0.0
        for start in stride(from: 0, to: shuffled.count, by: batchSize) {
            let batch = shuffled[start..<min(start + batchSize, shuffled.count)]
            sum += try runStep(Array(batch)) * Double(batch.count)
        }
        return sum / Double(shuffled.count)
    }

    func recommender() -> any Recommender {
        VAE(settings: settings, network: network, store: store)
    }

    /// - Returns: The mean loss of the batch.
    private mutating func runStep(_ batch: [Int]) throws -> Double {
        let step = adam.stepCount + 1
        let divergenceWeight = isWarm ? beta : min(beta, Double(step) / annealSteps)
        let firstStream = Stream.firstUser + seenCount
        seenCount += UInt64(batch.count)

        let (loss, gradients) = parallel.gradients(store, batchSize: batch.count) {
            [users, network, seed, dropoutProbability] part, pass in
            let drawn = part.map { row in
                (
                    items: users[batch[row]],
                    random: RandomSource(seed: seed, stream: firstStream + UInt64(row))
                )
            }
            return network.loss(
                VAEBatch(
                    drawn, itemCount: network.itemCount, latentSize: network.latentSize,
                    dropoutProbability: dropoutProbability),
                divergenceWeight: Float(divergenceWeight), scale: 1 / Float(batch.count), in: pass)
        }
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
        try adam.step(&store, gradients: gradients, pool: parallel.pool)
        parallel.recycle(gradients)
        return Double(loss)
    }
}
