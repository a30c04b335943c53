/// The deep retrieval network's hyper-parameters, read and checked.
struct DNNSettings: Sendable {
    static let sizes = 1...4096

    static let defaults: ModelSettings = [
        "epochs": 16,
        "patience": 8,
        "validationInterval": 4,
        "historyLength": 200,
        "width": 64,
        "hiddenSize": 256,
        "layers": 2,
        "dropoutProbability": 0.1,
        "content": 1,
        "itemDropout": 0.1,
        "itemBuckets": 8192,
        "userBuckets": 1024,
        "userDropout": 0.2,
        "minimumOfFeature": 3,
        "context": 1,
        "timePools": 1,
        "batchSize": 128,
        "learningRate": 0.004,
        "warmupSteps": 100,
        "cosineEpochs": 16,
        "warmRate": 0.25,
        "warmEpochs": 8,
        "fullSoftmaxItems": 30_000,
        "negatives": 4096,
        "augmentation": 0,
        "int8Items": 0,
        "prunedShare": 0,
        "embeddingDimensions": 0,
    ]

    /// Newest positive events that are read.
    let historyLength: Int
    /// Of item vectors.
    let width: Int
    /// Of the layers between history and user vector.
    let hiddenSize: Int
    let layerCount: Int
    let dropoutProbability: Double
    /// Whether items and users are known by their attributes too.
    let readsContent: Bool
    /// How often an item is known by its content alone in a step of training.
    let itemDropout: Double
    /// Rows that the features of all items, and those of all users, share.
    let itemBuckets: Int
    let userBuckets: Int
    /// How often nothing is known of a user in a step of training.
    let userDropout: Double
    /// A feature is learned from so many items or users on.
    let minimumOfFeature: Int
    /// Whether the moment of the request and the length of the history are read.
    let readsContext: Bool
    /// Whether there are pools that forget with time, beside those that forget with each event.
    let hasTimePools: Bool
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
    /// Whether the trained item vectors are rounded to bytes.
    let roundsItems: Bool
    /// Of the weights between layers: how many are 0.
    let prunedShare: Double
    /// Given embeddings are reduced to so many numbers; 0: read as they are.
    let embeddingDimensions: Int
    let maxEpochs: Int

    init(_ settings: ModelSettings) throws(ModelError) {
        historyLength = try settings.integer("historyLength", in: 1...10_000)
        width = try settings.integer("width", in: Self.sizes)
        hiddenSize = try settings.integer("hiddenSize", in: Self.sizes)
        layerCount = try settings.integer("layers", in: 0...100)
        dropoutProbability = try settings.real("dropoutProbability", in: 0...0.99)
        readsContent = try settings.integer("content", in: 0...1) == 1
        itemDropout = try settings.real("itemDropout", in: 0...1)
        itemBuckets = try settings.integer("itemBuckets", in: 1...10_000_000)
        userBuckets = try settings.integer("userBuckets", in: 1...10_000_000)
        userDropout = try settings.real("userDropout", in: 0...1)
        minimumOfFeature = try settings.integer("minimumOfFeature", in: 1...1_000_000)
        readsContext = try settings.integer("context", in: 0...1) == 1
        hasTimePools = try settings.integer("timePools", in: 0...1) == 1
        batchSize = try settings.integer("batchSize", in: 1...1_000_000)
        learningRate = try settings.real("learningRate", in: 0...1)
        warmupSteps = try settings.integer("warmupSteps", in: 0...1_000_000_000)
        cosineEpochs = try settings.integer("cosineEpochs", in: 0...1_000_000)
        warmRate = try settings.real("warmRate", in: 0...1)
        warmEpochs = try settings.integer("warmEpochs", in: 1...1_000_000)
        fullSoftmaxItems = try settings.integer("fullSoftmaxItems", in: 0...Int(Int32.max))
        negativeCount = try settings.integer("negatives", in: 1...Int(Int32.max))
        roundsItems = try settings.integer("int8Items", in: 0...1) == 1
        prunedShare = try settings.prunedShare()
        embeddingDimensions = try settings.embeddingDimensions()
        maxEpochs = try settings.integer("epochs", in: 1...1_000_000)
    }

    /// What the network keeps of a history.
    var pools: HistoryPools { HistoryPools(withTime: hasTimePools) }
}
