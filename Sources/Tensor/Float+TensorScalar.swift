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
        OpenBLAS.functions.sgemm(
            rowMajor, p.flagA, p.flagB, Int32(p.rows), Int32(p.columns), Int32(p.inner), p.alpha,
            a.baseAddress, p.leadingA, b.baseAddress, p.leadingB, p.beta, c.baseAddress, p.leadingC)
    }

    package static func axpy(_ a: Float, _ x: Input, into y: Output) {
        kernel_axpy(x.count, a, x.baseAddress, y.baseAddress)
    }

    package static func addRow(_ row: Input, toRowsOf matrix: Output) {
        guard !row.isEmpty else { return }
        for start in stride(from: 0, to: matrix.count, by: row.count) {
            axpy(1, row, into: Output(rebasing: matrix[start..<start + row.count]))
        }
    }

    package static func addColumnSums(of matrix: Input, times scale: Float, into sums: Output) {
        guard !sums.isEmpty else { return }
        for start in stride(from: 0, to: matrix.count, by: sums.count) {
            axpy(scale, Input(rebasing: matrix[start..<start + sums.count]), into: sums)
        }
    }

    package static func activate(_ activation: Activation, _ x: Input, into y: Output) {
        guard activation == .tanh else {
            PlainKernels.activate(activation, x, into: y)
            return
        }
        kernel_tanh(x.count, x.baseAddress, y.baseAddress)
    }

    package static func softmax(_ row: Output) -> Float {
        kernel_softmax(row.count, row.baseAddress)
    }

    package static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input
    ) -> Float {
        PlainKernels.multinomial(logits, columns: columns, weights: weights, softmax: softmax)
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

    package static func adam(
        _ step: AdamStep<Float>, gradient: Input, mean: Output, variance: Output, weights: Output
    ) -> Bool {
        kernel_adam(
            gradient.count, weights.baseAddress, gradient.baseAddress, mean.baseAddress,
            variance.baseAddress, step.learningRate, step.beta1, step.beta2, step.epsilon,
            step.meanCorrection, step.varianceCorrection) != 0
    }
}
