/// A number that tensors are made of, with the inner loops over it.
///
/// Every loop over elements is one of these functions: `Float` brings fast ones, and what a type
/// doesn't bring is done by `PlainKernels`, which also says what each computes.
package protocol TensorScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    typealias Input = UnsafeBufferPointer<Self>
    typealias Output = UnsafeMutableBufferPointer<Self>

    static func exp(_ x: Self) -> Self
    static func log(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self

    static func multiply(_ product: MatrixProduct<Self>, _ a: Input, _ b: Input, into c: Output)

    static func axpy(_ a: Self, _ x: Input, into y: Output)
    static func addRow(_ row: Input, toRowsOf matrix: Output)
    static func addColumnSums(of matrix: Input, times scale: Self, into sums: Output)
    static func multiplyAdd(_ x: Input, _ y: Input, into out: Output)
    static func add(_ x: Input, _ y: Input, into out: Output)
    static func addDropout(_ mask: DropoutMask, _ x: Input, into out: Output)

    static func activate(_ activation: Activation, _ x: Input, into y: Output)
    static func addActivationGradient(
        _ activation: Activation, x: Input, y: Input, dOutput: Input, into dInput: Output)

    static func firstIndex(above bound: Self, in x: Input) -> Int

    static func softmax(_ row: Output) -> Self
    static func addSoftmaxGradient(y: Input, dOutput: Input, into dInput: Output)
    static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input
    ) -> Self

    static func layerNorm(_ x: Input, gain: Input, bias: Input, into out: Output)
    static func addLayerNormGradient(
        _ x: Input, gain: Input, dOutput: Input, into dInput: Output, dGain: Output, dBias: Output)
    static func unitRows(_ x: Input, width: Int, into out: Output)
    static func addUnitRowsGradient(_ x: Input, width: Int, dOutput: Input, into dInput: Output)

    static func attention(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, into output: Output)
    static func addAttentionGradient(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, dOutput: Input,
        into dInput: Output, dBias: AttentionBias<Output>)

    static func pickRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Input, rowCount: Int, times scale: Self,
        into out: Output)
    static func addToRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Output, rowCount: Int, times scale: Self,
        _ x: Input)

    static func gatherRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, of table: Input, into out: Output)
    static func scatterRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, _ x: Input, into table: Output)

    static func recurrence(
        _ x: Input, keep: Input, take: Input, rowCount: Int, into out: Output)
    static func addRecurrenceGradient(
        keep: Input, take: Input, rowCount: Int, dOutput: Input, into dInput: Output)

    static func sampleGaussian(moments: Input, noise: Input, into sample: Output)
    static func addGaussianGradient(
        moments: Input, noise: Input, dSample: Input, into dMoments: Output)
    static func divergence(moments: Input) -> Self
    static func addDivergenceGradient(moments: Input, times scale: Self, into dMoments: Output)
    static func mixtureDivergence(
        _ mixture: GaussianMixture, sample: Input, moments: Input, noise: Input, previous: Input,
        times scale: Self, dSample: Output
    ) -> Self

    static func adam(
        _ step: AdamStep<Self>, gradient: Input, mean: Output, variance: Output,
        weights: Output
    ) -> Bool
}

/// C = alpha A B + beta C, with A `[rows × inner]` and B `[inner × columns]` after transposing.
package struct MatrixProduct<Scalar: TensorScalar>: Sendable {
    package var rows: Int
    package var columns: Int
    package var inner: Int
    package var transposeA = false
    package var transposeB = false
    package var alpha: Scalar = 1
    package var beta: Scalar = 0
    /// Whether A and B may be rounded to bfloat16 (8 bits of mantissa; the sums stay as they are),
    /// which is done where the CPU multiplies these faster: good enough for training.
    package var mayRound = false

    package init(
        rows: Int, columns: Int, inner: Int, transposeA: Bool = false, transposeB: Bool = false,
        alpha: Scalar = 1, beta: Scalar = 0, mayRound: Bool = false
    ) {
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.transposeA = transposeA
        self.transposeB = transposeB
        self.alpha = alpha
        self.beta = beta
        self.mayRound = mayRound
    }
}

/// The numbers of one step of Adam; the corrections are 1 / (1 − βᵗ).
package struct AdamStep<Scalar: TensorScalar>: Sendable {
    package var learningRate: Scalar
    package var beta1: Scalar
    package var beta2: Scalar
    package var epsilon: Scalar
    package var meanCorrection: Scalar
    package var varianceCorrection: Scalar

    package init(
        learningRate: Scalar, beta1: Scalar, beta2: Scalar, epsilon: Scalar,
        meanCorrection: Scalar, varianceCorrection: Scalar
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.meanCorrection = meanCorrection
        self.varianceCorrection = varianceCorrection
    }
}
