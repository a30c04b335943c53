/// The transformer's hyper-parameters, read and checked.
struct TransformerSettings: Sendable {
    static let sizes = 1...4096

    /// The published reference: what is compared with other implementations.
    static let reference: ModelSettings = [
        "epochs": 32,
        "patience": 12,
        "validationInterval": 4,
        "positions": 200,
        "width": 64,
        "blocks": 2,
        "heads": 1,
        "feedForwardSize": 64,
        "pointwise": 0,
        "positionBias": 1,
        "gapBias": 1,
        "gates": 0,
        "temperature": 0,
        "dropoutProbability": 0.1,
        "batchSize": 128,
        "learningRate": 0.004,
        "warmupSteps": 100,
        "cosineEpochs": 40,
        "warmRate": 0.25,
        "warmEpochs": 12,
        "fullSoftmaxItems": 30_000,
        "negatives": 4096,
        "int8Items": 0,
    ]

    static let large = reference.merging([
        "blocks": 8,
        "heads": 2,
        "pointwise": 1,
        "learningRate": 0.002,
        "dropoutProbability": 0.2,
    ]) { _, large in large }

    let positionCount: Int
    let width: Int
    let blockCount: Int
    let headCount: Int
    let feedForwardSize: Int
    /// Whether blocks are HSTU's, with pointwise attention.
    let isPointwise: Bool
    let hasPositionBias: Bool
    let hasGapBias: Bool
    /// Whether what a block adds goes through a gate.
    let hasGates: Bool
    /// Of the softmax over unit vectors; 0 for plain inner products.
    let temperature: Double
    let dropoutProbability: Double
    let batchSize: Int
    let learningRate: Double
    let warmupSteps: Int
    /// Epochs after which the learning rate has sunk to 0, or `epochs` where these are more; 0 for a
    /// constant one.
    let cosineEpochs: Int
    /// After a warm start: what the learning rate is multiplied with, and the epochs in which it
    /// sinks to 0.
    let warmRate: Double
    let warmEpochs: Int
    /// Up to as many items the softmax is over all of them.
    let fullSoftmaxItems: Int
    /// In a larger catalogue it is over so many items that are drawn for each batch.
    let negativeCount: Int
    /// Whether the trained item table is rounded to bytes.
    let roundsItems: Bool
    let maxEpochs: Int

    init(_ settings: ModelSettings) throws(ModelError) {
        positionCount = try settings.integer("positions", in: 1...10_000)
        width = try settings.integer("width", in: Self.sizes)
        blockCount = try settings.integer("blocks", in: 1...100)
        headCount = try settings.integer("heads", in: 1...width)
        guard width % headCount == 0 else {
            throw .invalidSetting("heads", value: Double(headCount))
        }
        feedForwardSize = try settings.integer("feedForwardSize", in: Self.sizes)
        isPointwise = try settings.integer("pointwise", in: 0...1) == 1
        hasPositionBias = try settings.integer("positionBias", in: 0...1) == 1
        hasGapBias = try settings.integer("gapBias", in: 0...1) == 1
        hasGates = try settings.integer("gates", in: 0...1) == 1
        // The pointwise block has a gate of its own.
        guard !(isPointwise && hasGates) else { throw .invalidSetting("gates", value: 1) }
        temperature = try settings.real("temperature", in: 0...100)
        dropoutProbability = try settings.real("dropoutProbability", in: 0...0.99)
        batchSize = try settings.integer("batchSize", in: 1...1_000_000)
        learningRate = try settings.real("learningRate", in: 0...1)
        warmupSteps = try settings.integer("warmupSteps", in: 0...1_000_000_000)
        cosineEpochs = try settings.integer("cosineEpochs", in: 0...1_000_000)
        warmRate = try settings.real("warmRate", in: 0...1)
        warmEpochs = try settings.integer("warmEpochs", in: 1...1_000_000)
        fullSoftmaxItems = try settings.integer("fullSoftmaxItems", in: 0...Int(Int32.max))
        negativeCount = try settings.integer("negatives", in: 1...Int(Int32.max))
        roundsItems = try settings.integer("int8Items", in: 0...1) == 1
        maxEpochs = try settings.integer("epochs", in: 1...1_000_000)
    }

    /// What inner products are multiplied with before the softmax.
    var logitScale: Float { temperature > 0 ? Float(1 / temperature) : 1 }
}
