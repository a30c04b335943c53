import NeuralNetwork
import Support
import Tensor

/// Trains a VAE: encoder and decoder together, or in turn as RecVAE's authors do.
///
/// Reference: Liang et al., WWW 2018, section 2.2: the divergence's weight grows from 0 to β.
/// Shenbin et al., WSDM 2020, section 3.4: an epoch is some passes that train the encoder, with
/// dropout, then one that trains the decoder, without.
/// Differs: β counts from the first step where training goes on from an earlier model.
struct VAELearner: Learner {
    static let minimumBatchSize = 2
    static let itemParameters: Set = [
        "encoder.input.weight", "decoder.items.weight", "decoder.items.bias",
    ]
    /// Settings that change what the same weights mean.
    static let meaningful = ["denseLayers", "decoderLayers"]

    let maxEpochs: Int
    let isWarm: Bool
    let notes: [String: String]
    private let settings: ModelSettings
    private let seed: UInt64
    /// Each user's items; users without any are left out.
    private let users: [WeightedItems]
    private let batchSize: Int

    let network: VAENetwork
    var store: ParameterStore<Float>
    private var phases: [VAEPhase]
    private var pruning: Pruning?
    /// The weights at the last epoch's end of the encoder's training, for the composite prior.
    private var previous: ParameterStore<Float>
    /// The running mean of the weights over epochs, which is the model.
    private var averaged: ParameterStore<Float>
    private var epochCount = 0
    private let parallel: DataParallel<Float>
    private var order: RandomSource
    /// Users seen so far, repeats counted: each gets random numbers of its own.
    private var seenCount: UInt64 = 0

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        try OpenBLAS.load()
        settings = try options.settings.over(VAESettings.defaults)
        let parsed = try VAESettings(settings)
        guard data.itemCount <= parsed.maxItems else {
            throw ModelError.tooManyItems(data.itemCount, maximum: parsed.maxItems)
        }
        let (data, augmentation) = try Augmentation(settings, options: options).applied(to: data)
        notes = augmentation?.notes ?? [:]
        users = data.weightedItems.filter { !$0.isEmpty }
        guard !users.isEmpty else { throw ModelError.nothingToLearnFrom }
        maxEpochs = parsed.maxEpochs
        batchSize = BatchSize.forUsers(
            users.count, upTo: parsed.batchSize, atLeast: Self.minimumBatchSize)

        seed = options.seed
        var weights = RandomSource(seed: seed, stream: Stream.weights)
        order = RandomSource(seed: seed, stream: Stream.order)
        var store = ParameterStore<Float>()
        network = VAENetwork(
            itemCount: data.itemCount, settings: parsed, weight: .xavierUniform,
            bias: .truncatedNormal(standardDeviation: 0.001), in: &store, random: &weights)
        if var start = options.start {
            start.settings = VAESettings.ofMultVAE.merging(start.settings) { $1 }
            try start.requireSame(Self.meaningful, as: settings)
            try store.adopt(start, itemParameters: Self.itemParameters)
        }
        isWarm = options.start != nil
        phases = VAEPhase.all(of: network, store)
        pruning = Pruning(
            share: parsed.prunedShare, epochs: isWarm ? 0 : (maxEpochs + 1) / 2,
            matrices: store.matrices)
        parallel = DataParallel(workers: options.workers, mayRound: parsed.mayRound)
        previous = store
        averaged = store
        self.store = store
    }

    /// What the seed's random numbers are for; each use has a stream of its own.
    private enum Stream {
        static let weights: UInt64 = 0
        static let order: UInt64 = 1
        static let firstUser: UInt64 = 2
    }

    /// - Returns: The mean loss of the last pass.
    mutating func runEpoch() throws -> Double {
        var loss = 0.0
        pruning?.beginEpoch(&store)
        for phase in phases.indices {
            for _ in 0..<phases[phase].passes { loss = try runPass(phase) }
            if phases[phase].trainsEncoder { previous = store }
        }
        takeMean()
        return loss
    }

    /// The mean begins with the first epoch's end: what was before holds nothing of new items.
    private mutating func takeMean() {
        epochCount += 1
        let decay = network.settings.averaging
        if decay == 0 || epochCount == 1 {
            averaged = store
        } else {
            averaged.average(with: store, decay: Float(decay))
        }
    }

    func recommender() -> any Recommender {
        VAE(
            settings: settings, network: network, store: pruning?.pruned(averaged) ?? averaged)
    }

    /// Each user once.
    private mutating func runPass(_ phase: Int) throws -> Double {
        let shuffled = users.indices.shuffled(using: &order)
        var sum = 0.0
        for start in stride(from: 0, to: shuffled.count, by: batchSize) {
            let batch = shuffled[start..<min(start + batchSize, shuffled.count)]
            sum += try runStep(Array(batch), phase) * Double(batch.count)
        }
        return sum / Double(shuffled.count)
    }

    /// - Returns: The mean loss of the batch.
    private mutating func runStep(_ batch: [Int], _ phase: Int) throws -> Double {
        let step = phases[phase].adam.stepCount + 1
        let (loss, gradients) = gradients(of: batch, phases[phase], step: step)
        seenCount += UInt64(batch.count)
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
        try phases[phase].adam.step(&store, gradients: gradients, pool: parallel.pool)
        pruning?.apply(to: &store)
        parallel.recycle(gradients)
        return Double(loss)
    }

    /// A function of its own: what it reads of the store must be let go before the optimizer
    /// changes the store in its place.
    private func gradients(
        of batch: [Int], _ phase: VAEPhase, step: Int
    ) -> (Float, [Tensor<Float>]) {
        let drawn = draw(batch, step: step)
        let (network, settings) = (network, network.settings)
        let scale = 1 / Float(batch.count)
        let needsPrevious = phase.trainsEncoder && settings.hasCompositePrior
        let previous = needsPrevious ? previous : nil
        return parallel.gradients(store, training: phase.parameters, batchSize: batch.count) {
            part, pass in
            let batch = VAEBatch<Float>(
                Array(drawn[part]), itemCount: network.itemCount, latentSize: settings.latentSize,
                dropoutProbability: phase.dropoutProbability, keepsUndropped: needsPrevious)
            guard phase.trainsEncoder else {
                return network.reconstructionLoss(batch, scale: scale, in: pass)
            }
            return network.loss(
                batch, previous: previous.map { ForwardPass($0, training: [], on: pass.tape) },
                scale: scale, in: pass)
        }
    }

    private func draw(_ batch: [Int], step: Int) -> [VAEUser] {
        let firstStream = Stream.firstUser + seenCount
        return batch.enumerated().map { row, user in
            let items = users[user]
            let weight = network.settings.divergenceWeight(
                weightSum: items.weights.reduce(0) { $0 + Double($1) }, step: step, isWarm: isWarm)
            return VAEUser(
                row: items,
                random: RandomSource(seed: seed, stream: firstStream + UInt64(row)),
                divergenceWeight: weight / Double(batch.count))
        }
    }
}
