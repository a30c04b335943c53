import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct InitializerTests {
    private func draw(_ initializer: Initializer, _ shape: [Int], seed: UInt64 = 1) -> [Double] {
        var source = RandomSource(seed: seed)
        let tensor: Tensor<Double> = initializer.makeTensor(shape, random: &source)
        #expect(tensor.shape == shape)
        return tensor.elements
    }

    @Test func xavierUniformFillsItsBounds() {
        let drawn = draw(.xavierUniform, [300, 100])
        let bound = (6.0 / 400).squareRoot()
        #expect(drawn.allSatisfy { abs($0) <= bound })
        #expect(drawn.contains { $0 > 0.99 * bound } && drawn.contains { $0 < -0.99 * bound })
        let variance = drawn.reduce(0) { $0 + $1 * $1 } / 30_000
        #expect(abs(variance / (bound * bound / 3) - 1) < 0.05)
    }

    @Test func truncatedNormalStaysWithinTwoDeviations() {
        let drawn = draw(.truncatedNormal(standardDeviation: 0.5), [20_000])
        #expect(drawn.allSatisfy { abs($0) <= 1 })
        #expect(drawn.contains { abs($0) > 0.95 })
        #expect(abs(drawn.reduce(0, +) / 20_000) < 0.02)
    }

    @Test func sameSeedDrawsTheSame() {
        #expect(draw(.xavierUniform, [3, 3]) == draw(.xavierUniform, [3, 3]))
        #expect(draw(.xavierUniform, [3, 3]) != draw(.xavierUniform, [3, 3], seed: 2))
    }
}
