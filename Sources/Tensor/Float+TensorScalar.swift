import CKernels
import COpenBLAS
import Foundation

extension Float: TensorScalar {
    package static func exp(_ x: Float) -> Float { Foundation.exp(x) }
    package static func log(_ x: Float) -> Float { Foundation.log(x) }
    package static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }

    package static func multiply(
        _ p: MatrixProduct<Float>, _ a: Input, _ b: Input, into c: Output
    ) {
        p.checkSizes(a.count, b.count, c.count)
        let rowMajor = Int32(OPENBLAS_ROW_MAJOR)
        if p.rows == 1 {
            // GEMM would first pack the whole of B; one row of A is not worth it.
            let flag = MatrixProduct<Float>.flag(isTransposed: !p.transposeB)
            let (height, width) = p.transposeB ? (p.columns, p.inner) : (p.inner, p.columns)
            OpenBLAS.functions.sgemv(
                rowMajor, flag, Int32(height), Int32(width), p.alpha, b.baseAddress, p.leadingB,
                a.baseAddress, 1, p.beta, c.baseAddress, 1)
            return
        }
        if p.isRounded {
            kernel_bfloat16_multiply(
                p.rows, p.columns, p.inner, p.alpha, a.baseAddress, Int(p.leadingA),
                p.transposeA ? 1 : 0, b.baseAddress, Int(p.leadingB), p.transposeB ? 1 : 0,
                p.beta == 1 ? 1 : 0, c.baseAddress, Int(p.leadingC))
            return
        }
        OpenBLAS.functions.sgemm(
            rowMajor, p.flagA, p.flagB, Int32(p.rows), Int32(p.columns), Int32(p.inner), p.alpha,
            a.baseAddress, p.leadingA, b.baseAddress, p.leadingB, p.beta, c.baseAddress, p.leadingC)
    }

    package static func axpy(_ a: Float, _ x: Input, into y: Output) {
        kernel_axpy(x.count, a, x.baseAddress, y.baseAddress)
    }

    package static func add(_ x: Input, _ y: Input, into out: Output) {
        kernel_add(x.count, x.baseAddress, y.baseAddress, out.baseAddress)
    }

    package static func multiplyAdd(_ x: Input, _ y: Input, into out: Output) {
        kernel_multiply_add(x.count, x.baseAddress, y.baseAddress, out.baseAddress)
    }

    package static func addRow(_ row: Input, toRowsOf matrix: Output) {
        guard !row.isEmpty else { return }
        kernel_add_row(
            matrix.count / row.count, row.count, row.baseAddress, matrix.baseAddress)
    }

    package static func addColumnSums(of matrix: Input, times scale: Float, into sums: Output) {
        guard !sums.isEmpty else { return }
        kernel_add_column_sums(
            matrix.count / sums.count, sums.count, matrix.baseAddress, scale, sums.baseAddress)
    }

    package static func addDropout(_ mask: DropoutMask, _ x: Input, into out: Output) {
        kernel_dropout_add(
            x.count, 0, mask.key, mask.threshold, Float(mask.scale), x.baseAddress,
            out.baseAddress)
    }

    package static func activate(_ activation: Activation, _ x: Input, into y: Output) {
        switch activation {
        case .tanh: kernel_tanh(x.count, x.baseAddress, y.baseAddress)
        case .relu: kernel_relu(x.count, x.baseAddress, y.baseAddress)
        case .sigmoid: kernel_sigmoid(x.count, x.baseAddress, y.baseAddress)
        case .silu: kernel_silu(x.count, x.baseAddress, y.baseAddress)
        case .gelu: PlainKernels.activate(activation, x, into: y)
        }
    }

    package static func addActivationGradient(
        _ activation: Activation, x: Input, y: Input, dOutput: Input, into dInput: Output
    ) {
        let (dy, dx) = (dOutput.baseAddress, dInput.baseAddress)
        switch activation {
        case .relu: kernel_relu_gradient(x.count, x.baseAddress, dy, dx)
        case .sigmoid: kernel_sigmoid_gradient(x.count, y.baseAddress, dy, dx)
        case .silu: kernel_silu_gradient(x.count, x.baseAddress, dy, dx)
        case .tanh, .gelu:
            PlainKernels.addActivationGradient(
                activation, x: x, y: y, dOutput: dOutput, into: dInput)
        }
    }

    package static func firstIndex(above bound: Float, in x: Input) -> Int {
        kernel_first_above(x.count, x.baseAddress, bound)
    }

    package static func softmax(_ row: Output) -> Float {
        kernel_softmax(row.count, row.baseAddress)
    }

    package static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input
    ) -> Float {
        PlainKernels.multinomial(logits, columns: columns, weights: weights, softmax: softmax)
    }

    package static func pickRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Input, rowCount: Int, times scale: Float,
        into out: Output
    ) {
        PlainKernels<Float>.checkRows(rows, rowCount)
        guard !rows.isEmpty else { return }
        kernel_pick_rows(
            rows.count, rows.baseAddress, scale, table.baseAddress, table.count / rowCount,
            out.baseAddress)
    }

    package static func addToRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Output, rowCount: Int, times scale: Float,
        _ x: Input
    ) {
        PlainKernels<Float>.checkRows(rows, rowCount)
        guard !rows.isEmpty else { return }
        kernel_add_to_rows(
            rows.count, rows.baseAddress, scale, x.baseAddress, table.count / rowCount,
            table.baseAddress)
    }

    package static func gatherRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, of table: Input, into out: Output
    ) {
        kernel_gather_rows(
            rows.count, rows.baseAddress, weights.baseAddress, table.baseAddress, out.count,
            out.baseAddress)
    }

    package static func scatterRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, _ x: Input, into table: Output
    ) {
        kernel_scatter_rows(
            rows.count, rows.baseAddress, weights.baseAddress, x.baseAddress, x.count,
            table.baseAddress)
    }

    package static func mixtureDivergence(
        _ mixture: GaussianMixture, sample: Input, moments: Input, noise: Input, previous: Input,
        times scale: Float, dSample: Output
    ) -> Float {
        kernel_mixture_divergence(
            sample.count, sample.baseAddress, moments.baseAddress, noise.baseAddress,
            previous.baseAddress, Float(mixture.logStandardWeight), Float(mixture.logGivenWeight),
            Float(mixture.logWideWeight), Float(mixture.wideLogVariance), scale,
            dSample.baseAddress)
    }

    package static func adam(
        _ step: AdamStep<Float>, gradient: Input, mean: Output, variance: Output, weights: Output
    ) -> Bool {
        kernel_adam(
            gradient.count, weights.baseAddress, gradient.baseAddress, mean.baseAddress,
            variance.baseAddress, step.learningRate, step.beta1, step.beta2, step.epsilon,
            step.meanCorrection, step.varianceCorrection) != 0
    }
}

extension MatrixProduct<Float> {
    /// Whether the factors are rounded to bfloat16.
    fileprivate var isRounded: Bool {
        mayRound && inner > 0 && (beta == 0 || beta == 1) && Self.cpuHasBFloat16
    }

    private static let cpuHasBFloat16 = kernel_has_bfloat16() != 0
}
