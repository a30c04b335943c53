/// The hyper-parameters of the GAN family, read and checked.
struct GANSettings: Sendable {
    static let defaults: ModelSettings = [
        "epochs": 160,
        "steps": 6000,
        "patience": 25,
        "joint": 0,
        "hiddenSize": 400,
        "layers": 1,
        "dropoutProbability": 0.5,
        "discriminatorSize": 64,
        "batchSize": 64,
        "discriminatorSteps": 1,
        "generatorSteps": 1,
        "learningRate": 0.001,
        "discriminatorRate": 0.001,
        "penalty": 0,
        "discriminatorPenalty": 0,
        "adversarialWeight": 1,
        "reconstructionWeight": 0.05,
        "reconstructionShare": 0.5,
        "maskingShare": 0.1,
        "averaging": 0.99,
        "maxItems": 50_000,
        "prunedShare": 0,
    ]

    private static let sizes = 1...65_536
    private static let counts = 1...1_000_000
    private static let share = 0.0...1.0
    private static let weight = 0.0...1e6

    let epochs: Int
    /// Of the generator's batches: no more epochs than make so many, on a large log.
    let steps: Int
    /// Whether a retrieval head is trained on the generator's hidden layer.
    let isJoint: Bool
    let hiddenSize: Int
    let layers: Int
    let dropoutProbability: Double
    let discriminatorSize: Int
    let batchSize: Int
    let discriminatorSteps: Int
    let generatorSteps: Int
    let learningRate: Double
    let discriminatorRate: Double
    /// L2 of the generator's weights.
    let penalty: Double
    let discriminatorPenalty: Double
    /// λ
    let adversarialWeight: Double
    /// α of zero reconstruction
    let reconstructionWeight: Double
    /// S_ZR, of the items that the user hasn't got
    let reconstructionShare: Double
    /// S_PM, of the items that the user hasn't got
    let maskingShare: Double
    /// How much of the average of weights stays in a step.
    let averaging: Double
    let maxItems: Int
    /// Of the weights of each of the generator's matrices: how many are 0.
    let prunedShare: Double

    /// - Throws: `ModelError` for a key or value that isn't one of these.
    init(_ given: ModelSettings) throws {
        let all = try given.over(Self.defaults)
        epochs = try all.integer("epochs", in: Self.counts)
        steps = try all.integer("steps", in: Self.counts)
        isJoint = try all.integer("joint", in: 0...1) == 1
        hiddenSize = try all.integer("hiddenSize", in: Self.sizes)
        layers = try all.integer("layers", in: 1...16)
        dropoutProbability = try all.real("dropoutProbability", in: 0...0.99)
        discriminatorSize = try all.integer("discriminatorSize", in: Self.sizes)
        batchSize = try all.integer("batchSize", in: Self.counts)
        discriminatorSteps = try all.integer("discriminatorSteps", in: 0...100)
        generatorSteps = try all.integer("generatorSteps", in: 1...100)
        learningRate = try all.real("learningRate", in: 0...1)
        discriminatorRate = try all.real("discriminatorRate", in: 0...1)
        penalty = try all.real("penalty", in: Self.weight)
        discriminatorPenalty = try all.real("discriminatorPenalty", in: Self.weight)
        adversarialWeight = try all.real("adversarialWeight", in: Self.weight)
        reconstructionWeight = try all.real("reconstructionWeight", in: Self.weight)
        reconstructionShare = try all.real("reconstructionShare", in: Self.share)
        maskingShare = try all.real("maskingShare", in: Self.share)
        averaging = try all.real("averaging", in: 0...0.999_999)
        maxItems = try all.integer("maxItems", in: 1...Int(Int32.max))
        prunedShare = try all.prunedShare()
    }
}
