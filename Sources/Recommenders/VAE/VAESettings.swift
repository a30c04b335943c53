import Tensor

/// What the settings of a VAE say.
struct VAESettings: Sendable {
    static let defaults: ModelSettings = [
        "epochs": 120,
        "patience": 20,
        "hiddenSize": 600,
        "latentSize": 200,
        "denseLayers": 2,
        "decoderLayers": 0,
        "dropoutProbability": 0.5,
        "compositePrior": 1,
        "gamma": 0.0035,
        "beta": 0.2,
        "annealSteps": 2000,
        "encoderPasses": 0,
        "learningRate": 0.001,
        "batchSize": 250,
        "averaging": 0.9,
        "bfloat16": 1,
        "maxItems": 50_000,
        "augmentation": 0,
        "prunedShare": 0,
    ]

    /// What a checkpoint means that doesn't have these keys: the first version was Mult-VAE alone.
    static let ofMultVAE: ModelSettings = [
        "denseLayers": 0, "decoderLayers": 1, "compositePrior": 0, "gamma": 0, "encoderPasses": 0,
        "averaging": 0, "bfloat16": 0,
    ]

    let maxEpochs: Int
    let batchSize: Int
    let learningRate: Double
    let maxItems: Int
    /// What remains of the running mean of the weights after each epoch; 0 for no mean.
    let averaging: Double
    let mayRound: Bool
    /// Of the weights of each matrix: how many are 0.
    let prunedShare: Double

    let hiddenSize: Int
    let latentSize: Int
    /// Of the encoder, each fed by all before it; 0 for a single one with tanh.
    let denseLayerCount: Int
    /// Hidden ones of the decoder.
    let decoderLayerCount: Int
    let dropoutProbability: Double

    let hasCompositePrior: Bool
    /// γ: the divergence's weight for each item of a user; 0 for β in its place.
    let gamma: Double
    let beta: Double
    let annealSteps: Double
    /// How often the encoder sees the users for each time that the decoder does; 0 to train both
    /// together.
    let encoderPasses: Int

    /// - Throws: `ModelError.invalidSetting`.
    init(_ settings: ModelSettings) throws(ModelError) {
        let sizes = 1...65_536
        maxEpochs = try settings.integer("epochs", in: 1...1_000_000)
        batchSize = try settings.integer("batchSize", in: 1...1_000_000)
        learningRate = try settings.real("learningRate", in: 0...1)
        maxItems = try settings.integer("maxItems", in: 1...Int(Int32.max))
        averaging = try settings.real("averaging", in: 0...0.999)
        mayRound = try settings.integer("bfloat16", in: 0...1) == 1
        prunedShare = try settings.prunedShare()
        hiddenSize = try settings.integer("hiddenSize", in: sizes)
        latentSize = try settings.integer("latentSize", in: sizes)
        denseLayerCount = try settings.integer("denseLayers", in: 0...100)
        decoderLayerCount = try settings.integer("decoderLayers", in: 0...1)
        dropoutProbability = try settings.real("dropoutProbability", in: 0...0.99)
        hasCompositePrior = try settings.integer("compositePrior", in: 0...1) == 1
        gamma = try settings.real("gamma", in: 0...1)
        beta = try settings.real("beta", in: 0...1)
        annealSteps = try settings.real("annealSteps", in: 1...1e12)
        encoderPasses = try settings.integer("encoderPasses", in: 0...100)
    }

    /// The divergence's weight for a user in the given step.
    ///
    ///     γ ‖x‖₁, or β_t = min(β, t / annealSteps)
    ///
    /// - Parameter weightSum: ‖x‖₁: of his items, how many where all events weigh alike.
    func divergenceWeight(weightSum: Double, step: Int, isWarm: Bool) -> Double {
        guard gamma == 0 else { return gamma * weightSum }
        return isWarm ? beta : min(beta, Double(step) / annealSteps)
    }
}
