import NeuralNetwork
import Support
import Tensor

/// Trains generator and discriminator in turn, a pass over the users an epoch. What is measured and
/// served is a moving average of the generator's weights.
///
/// Reference: Chae et al., CIKM 2018, algorithm 1. Differs: the two take turns with every batch,
/// not after a pass each; the bias of the output begins at the items' log odds; weights are averaged
/// (Yazıcı et al., ICLR 2019).
struct GANLearner: Learner {
    static let minimumBatchSize = 2

    let maxEpochs: Int
    let isWarm: Bool
    private let modelSettings: ModelSettings
    private let settings: GANSettings
    private let seed: UInt64
    private let batchSize: Int
    /// Each user's items; users without any are left out.
    private let users: [[Int32]]

    let networks: GANNetworks
    var generator: ParameterStore<Float>
    private var average: ParameterStore<Float>
    var discriminator: ParameterStore<Float>
    private var generatorAdam: Adam<Float>
    private var discriminatorAdam: Adam<Float>
    /// Of the generator.
    private var pruning: Pruning?
    private let parallel: DataParallel<Float>
    private var watch: CollapseWatch
    private var order: RandomSource
    /// Users drawn so far, repeats counted: each gets random numbers of its own.
    private var drawnCount: UInt64 = 0
    private var epoch = 0

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        try OpenBLAS.load()
        modelSettings = try options.settings.over(GANSettings.defaults)
        settings = try GANSettings(modelSettings)
        guard data.itemCount <= settings.maxItems else {
            throw ModelError.tooManyItems(data.itemCount, maximum: settings.maxItems)
        }
        users = data.histories.map(\.positiveItems).filter { !$0.isEmpty }
        guard !users.isEmpty else { throw ModelError.nothingToLearnFrom }
        batchSize = BatchSize.forUsers(
            users.count, upTo: settings.batchSize, atLeast: Self.minimumBatchSize)
        let stepsPerEpoch = (users.count + batchSize - 1) / batchSize
        maxEpochs = min(settings.epochs, max(1, settings.steps / stepsPerEpoch))
        seed = options.seed
        order = RandomSource(seed: seed, stream: Stream.order)
        var random = RandomSource(seed: seed, stream: Stream.weights)
        var generator = ParameterStore<Float>()
        var discriminator = ParameterStore<Float>()
        networks = GANNetworks(
            generator: GANGenerator(
                itemCount: data.itemCount, settings: settings, weight: .xavierUniform,
                in: &generator, random: &random),
            discriminator: GANDiscriminator(
                itemCount: data.itemCount, hiddenSize: settings.discriminatorSize,
                in: &discriminator, random: &random),
            settings: settings)
        generator[networks.generator.items.bias] = Tensor(
            logOddsOf: users, itemCount: data.itemCount)
        if let start = options.start {
            try generator.adopt(start, itemParameters: GANGenerator.itemParameters)
        }
        isWarm = options.start != nil
        generatorAdam = Adam(learningRate: settings.learningRate, for: generator)
        discriminatorAdam = Adam(learningRate: settings.discriminatorRate, for: discriminator)
        pruning = Pruning(
            share: settings.prunedShare, epochs: isWarm ? 0 : (maxEpochs + 1) / 2,
            matrices: generator.matrices)
        parallel = DataParallel(workers: options.workers)
        watch = CollapseWatch(users: users, itemCount: data.itemCount)
        self.generator = generator
        self.discriminator = discriminator
        average = generator
    }

    /// What the seed's random numbers are for; each use has a stream of its own.
    private enum Stream {
        static let weights: UInt64 = 0
        static let order: UInt64 = 1
        static let firstUser: UInt64 = 2
    }

    /// - Returns: The mean of L_D + the generator's loss, λ L_G in it.
    /// - Throws: `TrainingError.notFinite`, and `collapsed` when the generator answers all users
    ///   alike.
    mutating func runEpoch() throws -> Double {
        if isWarm, epoch == 0 { try meetTheGenerator() }
        epoch += 1
        pruning?.beginEpoch(&generator)
        var sum = 0.0
        let batches = shuffledBatches()
        for batch in batches {
            for _ in 0..<settings.discriminatorSteps {
                sum += try stepDiscriminator(batch) / Double(settings.discriminatorSteps)
            }
            for _ in 0..<settings.generatorSteps {
                sum += try stepGenerator(batch) / Double(settings.generatorSteps)
                try watch.observe(step: generatorAdam.stepCount, epoch: epoch) {
                    networks.generator.preferences(of: $0, generator)
                }
            }
        }
        return sum / Double(batches.count)
    }

    func recommender() -> any Recommender {
        GAN(
            settings: modelSettings, generator: networks.generator,
            store: pruning?.pruned(average) ?? average, isPruned: pruning != nil)
    }

    /// A new discriminator would lead a trained generator astray: it learns alone for a pass.
    private mutating func meetTheGenerator() throws {
        for batch in shuffledBatches() { _ = try stepDiscriminator(batch) }
    }

    private mutating func shuffledBatches() -> [[Int]] {
        let shuffled = users.indices.shuffled(using: &order)
        return stride(from: 0, to: shuffled.count, by: batchSize).map { start in
            Array(shuffled[start..<min(start + batchSize, shuffled.count)])
        }
    }

    private mutating func stepDiscriminator(_ batch: [Int]) throws -> Double {
        let draw = draw(batch)
        var (loss, gradients) = parallel.gradients(discriminator, batchSize: batch.count) {
            [networks, generator] part, pass in
            networks.discriminatorLoss(
                draw(part), generator: ForwardPass(constant: generator, on: pass.tape),
                scale: 1 / Float(batch.count), in: pass)
        }
        try require(loss, step: discriminatorAdam.stepCount + 1)
        discriminator.addPenalty(Float(settings.discriminatorPenalty), to: &gradients)
        try discriminatorAdam.step(&discriminator, gradients: gradients, pool: parallel.pool)
        parallel.recycle(gradients)
        return Double(loss)
    }

    private mutating func stepGenerator(_ batch: [Int]) throws -> Double {
        let draw = draw(batch)
        var (loss, gradients) = parallel.gradients(generator, batchSize: batch.count) {
            [networks, discriminator] part, pass in
            networks.generatorLoss(
                draw(part), discriminator: ForwardPass(constant: discriminator, on: pass.tape),
                scale: 1 / Float(batch.count), in: pass)
        }
        try require(loss, step: generatorAdam.stepCount + 1)
        generator.addPenalty(Float(settings.penalty), to: &gradients)
        try generatorAdam.step(&generator, gradients: gradients, pool: parallel.pool)
        pruning?.apply(to: &generator)
        parallel.recycle(gradients)
        // The first weights soon count for little.
        let steps = Double(generatorAdam.stepCount)
        let kept = isWarm ? settings.averaging : min(settings.averaging, steps / (steps + 9))
        average.average(with: generator, decay: Float(kept))
        return Double(loss)
    }

    /// Gives the users of a batch their random numbers.
    private mutating func draw(_ batch: [Int]) -> (Range<Int>) -> GANBatch<Float> {
        let firstStream = Stream.firstUser + drawnCount
        drawnCount += UInt64(batch.count)
        return { [users, seed, settings, itemCount = networks.generator.itemCount] part in
            GANBatch(
                part.map { row in
                    (
                        items: users[batch[row]],
                        random: RandomSource(seed: seed, stream: firstStream + UInt64(row))
                    )
                }, itemCount: itemCount, settings: settings)
        }
    }

    private func require(_ loss: Float, step: Int) throws {
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
    }
}

extension GANGenerator {
    /// ŷ of some users as they are, `[users × itemCount]`.
    fileprivate func preferences(
        of users: [[Int32]], _ store: ParameterStore<Float>
    ) -> Tensor<Float> {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let input = SparseRows<Float>(normalizing: users, columnCount: itemCount)
        return pass.tape[preferences(hidden(input, in: pass), in: pass)]
    }
}
