import COpenBLAS
import Foundation

/// Float64 serves to check derivatives: only its matrix product is fast.
extension Double: TensorScalar {
    package static func exp(_ x: Double) -> Double { Foundation.exp(x) }
    package static func log(_ x: Double) -> Double { Foundation.log(x) }
    package static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }

    package static func multiply(
        _ p: MatrixProduct<Double>, _ a: Input, _ b: Input, into c: Output
    ) {
        p.checkSizes(a.count, b.count, c.count)
        OpenBLAS.functions.dgemm(
            Int32(OPENBLAS_ROW_MAJOR), p.flagA, p.flagB, Int32(p.rows), Int32(p.columns),
            Int32(p.inner), p.alpha, a.baseAddress, p.leadingA, b.baseAddress, p.leadingB, p.beta,
            c.baseAddress, p.leadingC)
    }
}
