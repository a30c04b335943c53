/// What a scalar type gets unless it brings something faster.
extension TensorScalar {
    package static func axpy(_ a: Self, _ x: Input, into y: Output) {
        PlainKernels.axpy(a, x, into: y)
    }

    package static func addRow(_ row: Input, toRowsOf matrix: Output) {
        PlainKernels.addRow(row, toRowsOf: matrix)
    }

    package static func addColumnSums(of matrix: Input, times scale: Self, into sums: Output) {
        PlainKernels.addColumnSums(of: matrix, times: scale, into: sums)
    }

    package static func multiplyAdd(_ x: Input, _ y: Input, into out: Output) {
        PlainKernels.multiplyAdd(x, y, into: out)
    }

    package static func add(_ x: Input, _ y: Input, into out: Output) {
        PlainKernels.add(x, y, into: out)
    }

    package static func addDropout(_ mask: DropoutMask, _ x: Input, into out: Output) {
        PlainKernels.addDropout(mask, x, into: out)
    }

    package static func layerNorm(_ x: Input, gain: Input, bias: Input, into out: Output) {
        PlainKernels.layerNorm(x, gain: gain, bias: bias, into: out)
    }

    package static func addLayerNormGradient(
        _ x: Input, gain: Input, dOutput: Input, into dInput: Output, dGain: Output, dBias: Output
    ) {
        PlainKernels.addLayerNormGradient(
            x, gain: gain, dOutput: dOutput, into: dInput, dGain: dGain, dBias: dBias)
    }

    package static func unitRows(_ x: Input, width: Int, into out: Output) {
        PlainKernels.unitRows(x, width: width, into: out)
    }

    package static func addUnitRowsGradient(
        _ x: Input, width: Int, dOutput: Input, into dInput: Output
    ) {
        PlainKernels.addUnitRowsGradient(x, width: width, dOutput: dOutput, into: dInput)
    }

    package static func attention(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, into output: Output
    ) {
        PlainKernels.attention(shape, input, bias: bias, into: output)
    }

    package static func addAttentionGradient(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, dOutput: Input,
        into dInput: Output, dBias: AttentionBias<Output>
    ) {
        PlainKernels.addAttentionGradient(
            shape, input, bias: bias, dOutput: dOutput, into: dInput, dBias: dBias)
    }

    package static func activate(_ activation: Activation, _ x: Input, into y: Output) {
        PlainKernels.activate(activation, x, into: y)
    }

    package static func addActivationGradient(
        _ activation: Activation, x: Input, y: Input, dOutput: Input, into dInput: Output
    ) {
        PlainKernels.addActivationGradient(activation, x: x, y: y, dOutput: dOutput, into: dInput)
    }

    package static func firstIndex(above bound: Self, in x: Input) -> Int {
        PlainKernels.firstIndex(above: bound, in: x)
    }

    package static func softmax(_ row: Output) -> Self {
        PlainKernels.softmax(row)
    }

    package static func addSoftmaxGradient(y: Input, dOutput: Input, into dInput: Output) {
        PlainKernels.addSoftmaxGradient(y: y, dOutput: dOutput, into: dInput)
    }

    package static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input
    ) -> Self {
        PlainKernels.multinomial(logits, columns: columns, weights: weights)
    }

    package static func pickRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Input, rowCount: Int, times scale: Self,
        into out: Output
    ) {
        PlainKernels.pickRows(rows, of: table, rowCount: rowCount, times: scale, into: out)
    }

    package static func addToRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Output, rowCount: Int, times scale: Self,
        _ x: Input
    ) {
        PlainKernels.addToRows(rows, of: table, rowCount: rowCount, times: scale, x)
    }

    package static func gatherRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, of table: Input, into out: Output
    ) {
        PlainKernels.gatherRows(rows, weights: weights, of: table, into: out)
    }

    package static func scatterRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, _ x: Input, into table: Output
    ) {
        PlainKernels.scatterRows(rows, weights: weights, x, into: table)
    }

    package static func recurrence(
        _ x: Input, keep: Input, take: Input, rowCount: Int, into out: Output
    ) {
        PlainKernels.recurrence(x, keep: keep, take: take, rowCount: rowCount, into: out)
    }

    package static func addRecurrenceGradient(
        keep: Input, take: Input, rowCount: Int, dOutput: Input, into dInput: Output
    ) {
        PlainKernels.addRecurrenceGradient(
            keep: keep, take: take, rowCount: rowCount, dOutput: dOutput, into: dInput)
    }

    package static func sampleGaussian(moments: Input, noise: Input, into sample: Output) {
        PlainKernels.sampleGaussian(moments: moments, noise: noise, into: sample)
    }

    package static func addGaussianGradient(
        moments: Input, noise: Input, dSample: Input, into dMoments: Output
    ) {
        PlainKernels.addGaussianGradient(
            moments: moments, noise: noise, dSample: dSample, into: dMoments)
    }

    package static func divergence(moments: Input) -> Self {
        PlainKernels.divergence(moments: moments)
    }

    package static func addDivergenceGradient(
        moments: Input, times scale: Self, into dMoments: Output
    ) {
        PlainKernels.addDivergenceGradient(moments: moments, times: scale, into: dMoments)
    }

    package static func mixtureDivergence(
        _ mixture: GaussianMixture, sample: Input, moments: Input, noise: Input, previous: Input,
        times scale: Self, dSample: Output
    ) -> Self {
        PlainKernels.mixtureDivergence(
            mixture, sample: sample, moments: moments, noise: noise, previous: previous,
            times: scale, dSample: dSample)
    }

    package static func adam(
        _ step: AdamStep<Self>, gradient: Input, mean: Output, variance: Output,
        weights: Output
    ) -> Bool {
        PlainKernels.adam(
            step, gradient: gradient, mean: mean, variance: variance, weights: weights)
    }
}
