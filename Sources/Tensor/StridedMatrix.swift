import COpenBLAS

/// A part of a larger row-major matrix, perhaps transposed.
struct StridedMatrix {
    let start: UnsafePointer<Float>
    /// From one row to the next, in elements.
    let stride: Int
    var isTransposed: Bool

    init(_ start: UnsafePointer<Float>, stride: Int, isTransposed: Bool = false) {
        self.start = start
        self.stride = stride
        self.isTransposed = isTransposed
    }

    var transposed: StridedMatrix {
        StridedMatrix(start, stride: stride, isTransposed: !isTransposed)
    }

    fileprivate var flag: Int32 { MatrixProduct<Float>.flag(isTransposed: isTransposed) }
}

extension OpenBLAS {
    /// C = alpha A B + beta C, with A `[rows × inner]` and B `[inner × columns]` after transposing.
    static func multiply(
        _ rows: Int, _ columns: Int, _ inner: Int, alpha: Float, _ a: StridedMatrix,
        _ b: StridedMatrix, beta: Float, into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        functions.sgemm(
            Int32(OPENBLAS_ROW_MAJOR), a.flag, b.flag, Int32(rows), Int32(columns), Int32(inner),
            alpha, a.start, Int32(a.stride), b.start, Int32(b.stride), beta, c, Int32(stride))
    }
}
