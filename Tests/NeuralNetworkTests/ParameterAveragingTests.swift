import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct ParameterAveragingTests {
    private func store(_ elements: [Float]) -> ParameterStore<Float> {
        var store = ParameterStore<Float>()
        _ = store.add("w", Tensor(shape: [elements.count], elements: elements))
        return store
    }

    @Test func movesAShareOfTheWay() {
        var average = store([0, 4, -2])
        average.average(with: store([8, 4, 2]), decay: 0.75)
        #expect(average.tensors[0].elements == [2, 4, -1])
    }

    @Test func penaltyAddsTheWeightsToTheirGradients() {
        var gradients = [Tensor<Float>(shape: [2], elements: [1, 1])]
        store([2, -4]).addPenalty(0.5, to: &gradients)
        #expect(gradients[0].elements == [2, -1])
        store([2, -4]).addPenalty(0, to: &gradients)
        #expect(gradients[0].elements == [2, -1])
    }
}
