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
