/// A dense array of numbers: contiguous, row-major, a value.
///
/// Copies share their elements until one of them is changed.
package struct Tensor<Scalar: TensorScalar>: Sendable, Equatable {
    package let shape: [Int]
    package var elements: [Scalar]

    /// - Precondition: the elements are as many as the shape asks for.
    package init(shape: [Int], elements: [Scalar]) {
        let expected = shape.reduce(1, *)
        precondition(
            elements.count == expected, "shape \(shape) holds \(expected), not \(elements.count)")
        self.shape = shape
        self.elements = elements
    }

    package init(zeros shape: [Int]) {
        self.init(shape: shape, elements: Array(repeating: 0, count: shape.reduce(1, *)))
    }

    /// A number without dimensions.
    package init(scalar: Scalar) {
        self.init(shape: [], elements: [scalar])
    }

    package var count: Int { elements.count }

    /// The first dimension of a matrix.
    package var rowCount: Int {
        assertRank(2)
        return shape[0]
    }

    /// The second dimension of a matrix.
    package var columnCount: Int {
        assertRank(2)
        return shape[1]
    }

    /// The only element.
    package var scalar: Scalar {
        precondition(count == 1, "a tensor of shape \(shape) is not one number")
        return elements[0]
    }

    private func assertRank(_ rank: Int) {
        precondition(shape.count == rank, "shape \(shape) has not \(rank) dimensions")
    }
}
