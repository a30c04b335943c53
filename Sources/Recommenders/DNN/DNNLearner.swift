import Events
import NeuralNetwork
import Support
import Tensor

/// Trains the deep retrieval network, a pass over the users an epoch: each event of a history is
/// foretold from those before it.
struct DNNLearner: Learner {
    /// Half of what the transformer takes: a row is wider here.
    static let rowsOfPart = 2048
    static let initialDeviation = 0.02
    static let itemParameters: Set = ["items.weight"]
    /// Settings that change what the same weights mean.
    static let meaningful = [
        "content", "context", "timePools", "itemBuckets", "userBuckets", "embeddingDimensions",
    ]

    let maxEpochs: Int
    let isWarm: Bool
    /// How the made-up users compare with the real ones, where there are any.
    let notes: [String: String]
    private let settings: ModelSettings
    private let seed: UInt64
    private let users: [DNNUser]
    /// How many events of each are foretold.
    private let rowCounts: [Int]
    /// What is known of all items; nil where it isn't read.
    private let content: ContentInput?
    /// What reduced the given embeddings; nil where they are read as they are.
    private let components: PrincipalComponents?
    private let batchSize: Int
    private let schedule: LearningRateSchedule

    let network: DNNNetwork
    var store: ParameterStore<Float>
    private var adam: Adam<Float>
    private var pruning: Pruning?
    private let parallel: DataParallel<Float>
    private var order: RandomSource
    private var reader: ItemReader

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        try OpenBLAS.load()
        let settings = try options.settings.over(DNNSettings.defaults)
        self.settings = settings
        let parsed = try DNNSettings(settings)
        let start = try options.start.map { try DNNSettings.start($0, for: settings) }
        isWarm = start != nil
        maxEpochs = isWarm ? min(parsed.maxEpochs, parsed.warmEpochs) : parsed.maxEpochs
        let (data, augmentation) = try Augmentation(settings, options: options).applied(to: data)
        notes = augmentation?.notes ?? [:]
        users = try DNNUser.all(of: data, parsed)
        rowCounts = users.map { $0.events.count - 1 }
        let learned = Set(users.lazy.flatMap { $0.events.map(\.item) }).sorted()
        components = try parsed.components(of: data.itemContents, start: start)
        content = parsed.content(
            of: components?.reduced(data.itemContents) ?? data.itemContents, learned: learned)
        batchSize = BatchSize.forUsers(users.count, upTo: parsed.batchSize)
        schedule = LearningRateSchedule(
            parsed, isWarm: isWarm, stepsPerEpoch: (users.count + batchSize - 1) / batchSize)

        seed = options.seed
        var weights = RandomSource(seed: seed, stream: Stream.weights)
        order = RandomSource(seed: seed, stream: Stream.order)
        var store = ParameterStore<Float>()
        network = DNNNetwork(
            itemCount: data.itemCount, embeddingSize: content?.embeddingSize ?? 0,
            settings: parsed, item: .truncatedNormal(standardDeviation: Self.initialDeviation),
            weight: .xavierUniform, in: &store, random: &weights)
        store.keepRows(learned, of: network.items.table)
        if var start {
            start.weights = DNN.withoutVectors(start.weights)
            try store.adopt(start, itemParameters: Self.itemParameters)
        }
        pruning = Pruning(
            share: parsed.prunedShare, epochs: isWarm ? 0 : (maxEpochs + 1) / 2,
            matrices: network.denseWeights)
        adam = Adam(learningRate: parsed.learningRate, for: store)
        parallel = DataParallel(workers: options.workers)
        reader = ItemReader(
            learned: learned, itemCount: data.itemCount, settings: parsed,
            dropout: RandomSource(seed: seed, stream: Stream.items),
            negatives: RandomSource(seed: seed, stream: Stream.negatives))
        self.store = store
    }

    /// What the seed's random numbers are for; each use has a stream of its own.
    private enum Stream {
        static let weights: UInt64 = 0
        static let order: UInt64 = 1
        static let items: UInt64 = 2
        /// The first step's parts are far behind it.
        static let negatives: UInt64 = 4
        static let firstStep: UInt64 = 3
    }

    mutating func runEpoch() throws -> Double {
        pruning?.beginEpoch(&store)
        let shuffled = users.indices.shuffled(using: &order)
        var (sum, rows) = (0.0, 0)
        for start in stride(from: 0, to: shuffled.count, by: batchSize) {
            let batch = Array(shuffled[start..<min(start + batchSize, shuffled.count)])
            let batchRows = batch.reduce(0) { $0 + rowCounts[$1] }
            sum += try runStep(batch, rows: batchRows) * Double(batchRows)
            rows += batchRows
        }
        return sum / Double(rows)
    }

    func recommender() -> any Recommender {
        DNN(
            settings: settings, network: network, store: pruning?.pruned(store) ?? store,
            content: content, components: components)
    }

    /// - Returns: The mean loss of the batch.
    private mutating func runStep(_ batch: [Int], rows: Int) throws -> Double {
        let step = adam.stepCount + 1
        let parts = BatchParts.split(
            batch, rowCounts: rowCounts, rowsOfPart: Self.rowsOfPart, workers: parallel.pool.count)
        var sequences = parts.map { part in
            var sequences = SequenceBatch(positionCount: network.settings.historyLength)
            for user in part { sequences.appendTraining(users[user].events) }
            return sequences
        }
        let objective = reader.objective(
            network: network, content: content, ids: store[network.items.table],
            parts: &sequences, scale: 1 / Float(rows))
        let (loss, gradients) = gradients(of: sequences, parts, step: step, objective)
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
        try adam.step(
            &store, gradients: sparse(gradients, objective.sample),
            rateFactor: schedule.factor(step), pool: parallel.pool)
        pruning?.apply(to: &store)
        parallel.recycle(gradients)
        return Double(loss)
    }

    /// A function of its own: what it reads of the store must be let go before the optimizer
    /// changes the store in its place.
    private func gradients(
        of batches: [SequenceBatch], _ parts: [[Int]], step: Int, _ objective: DNNObjective
    ) -> (Float, [Tensor<Float>]) {
        let read = store.replacing(network.items.table, with: objective.sample.table)
        let firstStream = Stream.firstStep + UInt64(step) << 16
        return parallel.gradients(read, parts: parts.count) {
            [seed, users, settings = network.settings] part, pass in
            var random = RandomSource(seed: seed, stream: firstStream + UInt64(part))
            let known = parts[part].map { user in
                random.uniform() < settings.userDropout ? [] : users[user].features
            }
            var dropout = DropoutSource(probability: settings.dropoutProbability, random: random)
            return objective.loss(batches[part], users: known, dropout: &dropout, in: pass)
        }
    }

    /// The gradient of the id table is of the rows that the step read.
    private func sparse(
        _ gradients: [Tensor<Float>], _ sample: CatalogueSample
    ) -> [Gradient<Float>] {
        zip(store.ids, gradients).map { id, gradient in
            id == network.items.table ? .rows(sample.items, gradient) : .dense(gradient)
        }
    }
}

/// A user as the network is trained on him.
struct DNNUser: Sendable {
    /// Oldest first, two or more.
    var events: [SequenceEvent]
    /// His attributes, hashed; empty where they aren't read.
    var features: [Int32]

    /// Those with two events or more.
    ///
    /// - Throws: `ModelError.nothingToLearnFrom` where there are none.
    static func all(of data: TrainingSet, _ settings: DNNSettings) throws -> [DNNUser] {
        let attributes = settings.readsContent ? data.userAttributes : []
        let hashed = attributes.map {
            HashedFeatures.buckets(of: $0, count: settings.userBuckets)
        }
        let features = HashedFeatures.droppingRare(hashed, below: settings.minimumOfFeature)
        let weights = EventWeights(data)
        let users = data.histories.enumerated().map { index, history in
            DNNUser(
                events: SequenceEvent.positive(in: history, weights: weights)
                    .suffix(settings.historyLength + 1),
                features: features.isEmpty ? [] : features[index])
        }.filter { $0.events.count > 1 }
        guard !users.isEmpty else { throw ModelError.nothingToLearnFrom }
        return users
    }
}

extension LearningRateSchedule {
    /// Lower and shorter where there is something to lose.
    fileprivate init(_ settings: DNNSettings, isWarm: Bool, stepsPerEpoch: Int) {
        let epochs =
            isWarm ? settings.warmEpochs : max(settings.cosineEpochs, settings.maxEpochs)
        self.init(
            highest: isWarm ? settings.warmRate : 1, warmupSteps: settings.warmupSteps,
            steps: epochs * stepsPerEpoch, sinks: settings.cosineEpochs > 0)
    }
}

extension DNNSettings {
    /// What is read of the items' contents; nil for nothing.
    fileprivate func content(of items: [ItemContent], learned: [Int32]) -> ContentInput? {
        guard readsContent, !items.isEmpty else { return nil }
        var content = ContentInput(
            items, bucketCount: itemBuckets,
            embeddingSize: ContentInput.embeddingSize(of: items))
        content.dropRareFeatures(below: minimumOfFeature, among: learned)
        return content
    }
}

extension ParameterStore<Float> {
    /// Sets all other rows of a table to 0: nothing will ever be learned of them here.
    fileprivate mutating func keepRows(_ rows: [Int32], of id: ParameterID) {
        let table = self[id]
        let width = table.columnCount
        var kept = [Float](repeating: 0, count: table.count)
        for row in rows.map(Int.init) {
            kept.replaceSubrange(
                row * width..<(row + 1) * width,
                with: table.elements[row * width..<(row + 1) * width])
        }
        self[id] = Tensor(shape: table.shape, elements: kept)
    }
}
