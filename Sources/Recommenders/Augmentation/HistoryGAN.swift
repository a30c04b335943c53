import NeuralNetwork
import Support
import Tensor

/// A GAN from noise to whole histories: users who never were.
///
///     p = σ(relu(z Wᵀ + b) Vᵀ + c),  x̃ ~ Bernoulli(p)      z ~ N(0, 1), c starts at the items' log odds
///     D = σ(silu(dropout(x) Uᵀ + d) vᵀ + e)
///
/// The items are drawn independently of each other given z; the derivative goes through the draw
/// as if it were p (straight-through).
///
/// Reference: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, algorithm 1, with
/// −log D(x̃) for the generator; binary records: Choi et al., "Generating Multi-label Discrete
/// Patient Records using Generative Adversarial Networks", MLHC 2017.
/// Differs from the latter: no autoencoder; weights are averaged over steps.
struct HistoryGAN {
    static let noiseSize = 64
    static let hiddenSize = 128
    static let dropoutProbability = 0.5
    static let learningRate = 0.001
    static let batchSize = 64
    static let steps = 2000
    static let averaging: Float = 0.99
    /// Users that are drawn at once.
    static let drawnAtOnce = 256
    /// Draws on end without any user after which there are none.
    static let emptyDraws = 20

    let itemCount: Int
    private let users: [[Int32]]
    private let parallel: DataParallel<Float>
    private var random: RandomSource

    private let noiseLayer: Linear
    private let itemsLayer: Linear
    var generator = ParameterStore<Float>()
    var average: ParameterStore<Float>
    private var generatorAdam: Adam<Float>

    private let vectorLayer: Linear
    private let outputLayer: Linear
    private var discriminator = ParameterStore<Float>()
    private var discriminatorAdam: Adam<Float>

    /// - Parameter users: Items of each, none empty.
    init(users: [[Int32]], itemCount: Int, seed: UInt64, workers: Int) {
        precondition(!users.isEmpty, "no users to learn from")
        self.users = users
        self.itemCount = itemCount
        random = RandomSource(seed: seed, stream: Stream.all)
        parallel = DataParallel(workers: workers)
        noiseLayer = Linear(
            "generator.noise", inputSize: Self.noiseSize, outputSize: Self.hiddenSize,
            weight: .xavierUniform, bias: .zeros, in: &generator, random: &random)
        itemsLayer = Linear(
            "generator.items", inputSize: Self.hiddenSize, outputSize: itemCount,
            weight: .xavierUniform, bias: .zeros, in: &generator, random: &random)
        vectorLayer = Linear(
            "discriminator.vector", inputSize: itemCount, outputSize: Self.hiddenSize,
            weight: .xavierUniform, bias: .zeros, in: &discriminator, random: &random)
        outputLayer = Linear(
            "discriminator.output", inputSize: Self.hiddenSize, outputSize: 1,
            weight: .xavierUniform, bias: .zeros, in: &discriminator, random: &random)
        generator[itemsLayer.bias] = Tensor(
            logOddsOf: users, itemCount: itemCount)
        average = generator
        generatorAdam = Adam(learningRate: Self.learningRate, beta1: 0.5, for: generator)
        discriminatorAdam = Adam(learningRate: Self.learningRate, beta1: 0.5, for: discriminator)
    }

    /// Apart from the streams of the models that are trained on the result.
    private enum Stream {
        static let all: UInt64 = 1 << 63
    }

    /// - Throws: `TrainingError.notFinite`.
    mutating func train() throws {
        for _ in 0..<Self.steps {
            try stepDiscriminator()
            try stepGenerator()
        }
    }

    /// Draws users; one without any item is drawn again.
    ///
    /// - Returns: Items of each, ascending. Fewer than asked for where next to all are empty.
    mutating func draw(_ count: Int) -> [[Int32]] {
        var drawn: [[Int32]] = []
        var emptyDraws = 0
        while drawn.count < count, emptyDraws < Self.emptyDraws {
            let before = drawn.count
            let missing = min(count - drawn.count, Self.drawnAtOnce)
            let noise = noise(rows: missing)
            let pass = ForwardPass(average, on: Tape(isRecording: false))
            let probabilities = pass.tape[probabilities(noise, in: pass)]
            for row in 0..<missing {
                let items = (0..<itemCount).filter {
                    Float(random.uniform()) < probabilities.elements[row * itemCount + $0]
                }
                if !items.isEmpty { drawn.append(items.map(Int32.init)) }
            }
            emptyDraws = drawn.count == before ? emptyDraws + 1 : 0
        }
        return drawn
    }

    private mutating func stepDiscriminator() throws {
        let rows = min(Self.batchSize, users.count)
        let real = realVectors(rows: rows)
        let inputs = (noise(rows: rows), uniform(rows: rows), masks())
        let (loss, gradients) = parallel.gradients(discriminator, parts: 1) { [self] _, pass in
            let generated = vectors(
                inputs.0, inputs.1, in: ForwardPass(constant: generator, on: pass.tape))
            let realLogits = logits(pass.tape.constant(real), inputs.2.0, in: pass)
            let generatedLogits = logits(generated, inputs.2.1, in: pass)
            let scale = 1 / Float(rows)
            return pass.tape.add(
                pass.tape.binaryCrossEntropy(logits: realLogits, label: 1, scale: scale),
                pass.tape.binaryCrossEntropy(logits: generatedLogits, label: 0, scale: scale))
        }
        try require(loss, step: discriminatorAdam.stepCount + 1)
        try discriminatorAdam.step(&discriminator, gradients: gradients, pool: parallel.pool)
    }

    private mutating func stepGenerator() throws {
        let rows = min(Self.batchSize, users.count)
        let inputs = (noise(rows: rows), uniform(rows: rows), masks().0)
        let (loss, gradients) = parallel.gradients(generator, parts: 1) { [self] _, pass in
            let generated = vectors(inputs.0, inputs.1, in: pass)
            let fixed = ForwardPass(constant: discriminator, on: pass.tape)
            return pass.tape.binaryCrossEntropy(
                logits: logits(generated, inputs.2, in: fixed), label: 1, scale: 1 / Float(rows))
        }
        try require(loss, step: generatorAdam.stepCount + 1)
        try generatorAdam.step(&generator, gradients: gradients, pool: parallel.pool)
        average.average(with: generator, decay: Self.averaging)
    }
}

// The networks.
extension HistoryGAN {
    /// - Parameter noise: z, `[rows × noiseSize]`
    /// - Returns: p, `[rows × itemCount]`
    private func probabilities(_ noise: Tensor<Float>, in pass: ForwardPass<Float>) -> Variable {
        let tape = pass.tape
        let hidden = tape.activation(.relu, noiseLayer(tape.constant(noise), in: pass))
        return tape.activation(.sigmoid, itemsLayer(hidden, in: pass))
    }

    /// - Returns: x̃, `[rows × itemCount]`
    private func vectors(
        _ noise: Tensor<Float>, _ uniform: Tensor<Float>, in pass: ForwardPass<Float>
    ) -> Variable {
        pass.tape.bernoulliSample(probabilities(noise, in: pass), uniform: uniform)
    }

    /// - Parameter vectors: `[rows × itemCount]`
    /// - Returns: logits of D, `[rows × 1]`
    private func logits(
        _ vectors: Variable, _ mask: DropoutMask, in pass: ForwardPass<Float>
    ) -> Variable {
        let seen = pass.tape.dropout(vectors, mask)
        return outputLayer(pass.tape.activation(.silu, vectorLayer(seen, in: pass)), in: pass)
    }
}

// What is drawn.
extension HistoryGAN {
    private mutating func noise(rows: Int) -> Tensor<Float> {
        Tensor(
            shape: [rows, Self.noiseSize],
            elements: (0..<rows * Self.noiseSize).map { _ in Float(random.normal()) })
    }

    private mutating func uniform(rows: Int) -> Tensor<Float> {
        Tensor(
            shape: [rows, itemCount],
            elements: (0..<rows * itemCount).map { _ in Float(random.uniform()) })
    }

    private mutating func masks() -> (DropoutMask, DropoutMask) {
        let probability = Self.dropoutProbability
        return (
            DropoutMask(probability: probability, key: random.next()),
            DropoutMask(probability: probability, key: random.next())
        )
    }

    private mutating func realVectors(rows: Int) -> Tensor<Float> {
        var vectors = Tensor<Float>(zeros: [rows, itemCount])
        for row in 0..<rows {
            let user = users[Int(random.next(upperBound: UInt64(users.count)))]
            for item in user { vectors.elements[row * itemCount + Int(item)] = 1 }
        }
        return vectors
    }

    private func require(_ loss: Float, step: Int) throws {
        guard loss.isFinite else { throw TrainingError.notFinite(parameter: "loss", step: step) }
    }
}
