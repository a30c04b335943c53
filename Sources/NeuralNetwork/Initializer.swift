import Support
import Tensor

/// What a parameter is before training.
package enum Initializer: Sendable {
    case zeros
    case ones
    /// Uniform in ±√(6 / (fanIn + fanOut)), for a matrix `[fanOut × fanIn]` or its transpose.
    ///
    /// Reference: Glorot & Bengio, "Understanding the difficulty of training deep feedforward
    /// neural networks", AISTATS 2010, equation 16.
    case xavierUniform
    /// Normal with mean 0, drawn again where it is more than 2 standard deviations off.
    case truncatedNormal(standardDeviation: Double)

    /// A tensor of the given shape, drawn from `random`.
    package func makeTensor<Scalar: TensorScalar>(
        _ shape: [Int], random: inout RandomSource
    ) -> Tensor<Scalar> {
        let count = shape.reduce(1, *)
        let elements: [Scalar] =
            switch self {
            case .zeros: Array(repeating: 0, count: count)
            case .ones: Array(repeating: 1, count: count)
            case .xavierUniform: Self.drawUniform(count, shape: shape, random: &random)
            case .truncatedNormal(let deviation):
                (0..<count).map { _ in
                    Scalar(deviation * Self.drawTruncatedNormal(random: &random))
                }
            }
        return Tensor(shape: shape, elements: elements)
    }

    private static func drawUniform<Scalar: TensorScalar>(
        _ count: Int, shape: [Int], random: inout RandomSource
    ) -> [Scalar] {
        precondition(shape.count == 2, "the fans of shape \(shape)")
        let bound = (6 / Double(shape[0] + shape[1])).squareRoot()
        return (0..<count).map { _ in Scalar(bound * (2 * random.uniform() - 1)) }
    }

    private static func drawTruncatedNormal(random: inout RandomSource) -> Double {
        var drawn = random.normal()
        while abs(drawn) > 2 { drawn = random.normal() }
        return drawn
    }
}
