import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct WeightAverageTests {
    private func store(_ elements: [Double]) -> ParameterStore<Double> {
        var store = ParameterStore<Double>()
        _ = store.add("w", Tensor(shape: [elements.count], elements: elements))
        return store
    }

    /// From 10, steps to 4, 1 and −2; a second weight stays where it is.
    @Test func matchesNumbersWorkedByHand() {
        var average = WeightAverage(of: store([10, 7]), decay: 0.2)
        // t  d     a
        // 1  2/11  2/11 · 10 + 9/11 · 4 = 56/11
        // 2  0.2   0.2 · 56/11 + 0.8 · 1, as 3/12 is above the decay
        // 3  0.2   0.2 · 1.818181818 + 0.8 · (−2)
        let expected = [5.090909091, 1.818181818, -1.236363636]
        for (weight, expected) in zip([4.0, 1, -2], expected) {
            average.add(store([weight, 7]))
            #expect(abs(average.store.tensors[0].elements[0] - expected) < 1e-9)
            #expect(abs(average.store.tensors[0].elements[1] - 7) < 1e-12)
        }
    }

    @Test func withoutDecayItIsTheLastWeights() {
        var average = WeightAverage(of: store([10]), decay: 0)
        average.add(store([3]))
        #expect(average.store.tensors[0].elements == [3])
    }

    @Test func aCopyStaysAsItWas() {
        var average = WeightAverage(of: store([10]), decay: 0.5)
        let before = average.store
        average.add(store([0]))
        #expect(before.tensors[0].elements == [10])
    }
}
