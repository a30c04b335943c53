import NeuralNetwork
import Support
import Tensor

/// One layer of the encoder: reads and returns `[rows × width]`.
protocol EncoderBlock: Sendable {
    func callAsFunction<Scalar>(
        _ x: Variable, _ batch: SequenceBatch, dropout: inout DropoutSource,
        in pass: ForwardPass<Scalar>
    ) -> Variable
}

/// Gives each dropout a mask of its own; none when serving.
struct DropoutSource {
    private let probability: Double
    private var random: RandomSource

    static let none = DropoutSource(probability: 0, random: RandomSource(seed: 0))

    init(probability: Double, random: RandomSource) {
        self.probability = probability
        self.random = random
    }

    mutating func next() -> DropoutMask? {
        guard probability > 0 else { return nil }
        return DropoutMask(probability: probability, key: random.next())
    }
}

/// The learned biases of attention scores, as the settings want them.
struct RelativeBias: Sendable {
    private let parameters: AttentionBias<ParameterID>

    /// Adds `name.positions` `[heads × positions]` and `name.gaps` `[heads × buckets]`, at 0.
    init<Scalar>(
        _ name: String, _ settings: TransformerSettings, in store: inout ParameterStore<Scalar>
    ) {
        var parameters = AttentionBias<ParameterID>()
        if settings.hasPositionBias {
            parameters.positions = store.add(
                name + ".positions", Tensor(zeros: [settings.headCount, settings.positionCount]))
        }
        if settings.hasGapBias {
            parameters.gaps = store.add(
                name + ".gaps", Tensor(zeros: [settings.headCount, TimeGap.bucketCount]))
        }
        self.parameters = parameters
    }

    func variables<Scalar>(in pass: ForwardPass<Scalar>) -> AttentionBias<Variable> {
        AttentionBias(
            positions: parameters.positions.map { pass[$0] },
            gaps: parameters.gaps.map { pass[$0] })
    }
}
