// How operations reach the numbers of tensors, and the rows of what they reach.

extension Tensor {
    func withElements<Result>(_ body: (UnsafeBufferPointer<Scalar>) -> Result) -> Result {
        elements.withUnsafeBufferPointer(body)
    }
}

/// The numbers of each of the tensors.
func withElements<Scalar>(
    of first: Tensor<Scalar>, _ second: Tensor<Scalar>,
    _ body: (UnsafeBufferPointer<Scalar>, UnsafeBufferPointer<Scalar>) -> Void
) {
    first.withElements { first in second.withElements { second in body(first, second) } }
}

func withElements<Scalar>(
    of first: Tensor<Scalar>, _ second: Tensor<Scalar>, _ third: Tensor<Scalar>,
    _ body: (
        UnsafeBufferPointer<Scalar>, UnsafeBufferPointer<Scalar>, UnsafeBufferPointer<Scalar>
    ) -> Void
) {
    withElements(of: first, second) { first, second in
        third.withElements { third in body(first, second, third) }
    }
}

extension UnsafeBufferPointer {
    /// A row of a matrix of the given width.
    func row(_ row: Int, of width: Int) -> UnsafeBufferPointer {
        UnsafeBufferPointer(rebasing: self[row * width..<(row + 1) * width])
    }
}

extension UnsafeMutableBufferPointer where Element: TensorScalar {
    /// By bytes: generic code would write number by number, and 0 is all bits 0.
    func setToZero() {
        UnsafeMutableRawBufferPointer(self).initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// By bytes, for the same reason.
    ///
    /// - Precondition: as many elements.
    func copy(_ elements: UnsafeBufferPointer<Element>) {
        precondition(elements.count == count, "\(elements.count) elements for \(count)")
        UnsafeMutableRawBufferPointer(self).copyMemory(from: UnsafeRawBufferPointer(elements))
    }

    /// The rows of a matrix of the given width.
    func rows(of width: Int) -> [UnsafeMutableBufferPointer] {
        guard width > 0 else { return [] }
        return stride(from: 0, to: count, by: width).map {
            UnsafeMutableBufferPointer(rebasing: self[$0..<$0 + width])
        }
    }
}
