import COpenBLAS

/// The library is missing or not whole: a fact about the machine.
package struct OpenBLASError: Error, CustomStringConvertible {
    package let description: String
}

/// The matrix library, loaded at run time; docs/decisions/0003 says why.
package enum OpenBLAS {
    /// Loads the library. Programs call this at their start, before threads exist.
    package static func load() throws(OpenBLASError) {
        if openblas_load() == nil {
            throw OpenBLASError(description: String(cString: openblas_load_error()))
        }
    }

    /// The kernels that the library has chosen, such as "SkylakeX"; nil without a library.
    package static var coreName: String? {
        guard let functions = openblas_load(), let name = functions.pointee.get_corename() else {
            return nil
        }
        return String(cString: name)
    }

    /// - Precondition: the library is there; `load` was the time to find out.
    static var functions: OpenBLASFunctions {
        guard let functions = openblas_load() else {
            preconditionFailure(String(cString: openblas_load_error()))
        }
        return functions.pointee
    }

    /// The inverse of a symmetric positive definite matrix, by Cholesky's factorisation, in place.
    ///
    /// - Parameters:
    ///   - matrix: `[size × size]`; both triangles are filled in the result.
    /// - Returns: Whether the matrix was positive definite; if not, its contents are lost.
    /// - Complexity: O(size³)
    package static func invertPositiveDefinite(
        _ matrix: UnsafeMutableBufferPointer<Double>, size: Int
    ) -> Bool {
        precondition(matrix.count == size * size, "\(matrix.count) elements for size \(size)")
        guard size > 0 else { return true }
        var order = Int32(size)
        var info: Int32 = 0
        // LAPACK reads column-major: its lower triangle is our upper one.
        functions.dpotrf("L", &order, matrix.baseAddress, &order, &info)
        guard info == 0 else { return false }
        functions.dpotri("L", &order, matrix.baseAddress, &order, &info)
        guard info == 0 else { return false }
        for row in 0..<size {
            for column in 0..<row { matrix[row * size + column] = matrix[column * size + row] }
        }
        return true
    }

    /// The eigenvectors of a symmetric matrix, by divide and conquer.
    ///
    /// Reference: LAPACK Users' Guide, 3rd edition, SIAM 1999, section 2.4.4 (xSYEVD).
    ///
    /// - Parameter matrix: `[size × size]`
    /// - Returns: `[size × size]`, a unit vector a row, those with small eigenvalues first; nil
    ///   where the iteration didn't converge.
    /// - Complexity: O(size³)
    package static func eigenvectors(ofSymmetric matrix: [Double], size: Int) -> [Double]? {
        precondition(matrix.count == size * size, "\(matrix.count) elements for size \(size)")
        guard size > 0 else { return [] }
        var (order, info) = (Int32(size), Int32(0))
        // What the routine asks for in its documentation, where it makes eigenvectors.
        var workSize = Int32(1 + 6 * size + 2 * size * size)
        var indexSize = Int32(3 + 5 * size)
        var vectors = matrix
        var values = [Double](repeating: 0, count: size)
        var work = [Double](repeating: 0, count: Int(workSize))
        var indices = [Int32](repeating: 0, count: Int(indexSize))
        // Its columns are our rows.
        functions.dsyevd(
            "V", "L", &order, &vectors, &order, &values, &work, &workSize, &indices, &indexSize,
            &info)
        return info == 0 ? vectors : nil
    }
}

extension MatrixProduct {
    /// Row-major without padding: the leading dimension is the width of the matrix as stored.
    var leadingA: Int32 { Int32(max(1, transposeA ? rows : inner)) }
    var leadingB: Int32 { Int32(max(1, transposeB ? inner : columns)) }
    var leadingC: Int32 { Int32(max(1, columns)) }

    var flagA: Int32 { Self.flag(isTransposed: transposeA) }
    var flagB: Int32 { Self.flag(isTransposed: transposeB) }

    static func flag(isTransposed: Bool) -> Int32 {
        Int32(isTransposed ? OPENBLAS_TRANSPOSE : OPENBLAS_NO_TRANSPOSE)
    }

    func checkSizes(_ a: Int, _ b: Int, _ c: Int) {
        precondition(
            a == rows * inner && b == inner * columns && c == rows * columns,
            "\(a), \(b), \(c) elements for \(rows)×\(inner) by \(inner)×\(columns)")
    }
}
