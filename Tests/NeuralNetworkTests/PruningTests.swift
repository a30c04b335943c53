import Foundation
import Support
import Tensor
import Testing

@testable import NeuralNetwork

@Suite struct PruningTests {
    /// Two rows, 10 to 1 with signs and a tenth of that, and a bias.
    private func store() -> ParameterStore<Float> {
        var store = ParameterStore<Float>()
        let row = (1...10).reversed().map { Float($0 % 2 == 0 ? $0 : -$0) }
        _ = store.add("w", Tensor(shape: [2, 10], elements: row + row.map { $0 / 10 }))
        _ = store.add("b", Tensor(shape: [2], elements: [0.1, 0.2]))
        return store
    }

    private func pruning(
        _ store: ParameterStore<Float>, share: Double = 0.8, epochs: Int = 2
    ) throws -> Pruning {
        try #require(Pruning(share: share, epochs: epochs, matrices: store.matrices))
    }

    /// 0.8 (1 − 0.5³) = 0.7 after one of two epochs.
    @Test func theShareGrowsByTheCubeOfWhatIsLeft() throws {
        var store = store()
        var pruning = try pruning(store)
        for kept: [Float] in [[10, -9, 8], [10, -9], [10, -9]] {
            pruning.beginEpoch(&store)
            let row = kept + Array(repeating: 0, count: 10 - kept.count)
            #expect(store.tensors[0].elements == row + row.map { $0 / 10 })
        }
        #expect(store.tensors[1].elements == [0.1, 0.2])
    }

    @Test func whatIsZeroStaysSo() throws {
        var store = store()
        var pruning = try pruning(store)
        pruning.beginEpoch(&store)
        store[store.ids[0]].elements = store.tensors[0].elements.map { $0 + 100 }
        pruning.apply(to: &store)
        #expect(store.tensors[0].elements[..<10] == [110, 91, 108, 0, 0, 0, 0, 0, 0, 0])
        pruning.beginEpoch(&store)
        #expect(store.tensors[0].elements[..<10] == [110, 0, 108, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func aModelHasTheWholeShareBeforeItIsReached() throws {
        let store = store()
        let pruned = try pruning(store, epochs: 9).pruned(store)
        #expect(pruned.tensors[0].elements[..<10] == [10, -9, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(store.tensors[0].elements[2] == 8)
    }

    @Test func weightsThatWerePrunedBeforeBeginWithIt() throws {
        var store = store()
        var pruning = try pruning(store, epochs: 0)
        pruning.beginEpoch(&store)
        #expect(store.tensors[0].elements.count { $0 == 0 } == 16)
    }

    /// Of equals the first ones go, as many as are asked for and no more.
    @Test func equalsAreCounted() throws {
        var store = ParameterStore<Float>()
        _ = store.add("w", Tensor(shape: [1, 5], elements: [2, -2, 2, -2, 1]))
        let pruned = try pruning(store, share: 0.6).pruned(store)
        #expect(pruned.tensors[0].elements == [0, 0, 2, -2, 0])
    }

    @Test(arguments: [0.001, 0.25, 0.5, 0.99])
    func theSmallestOfEachRowGo(share: Double) throws {
        var source = RandomSource(seed: 1)
        let weights = (0..<5000).map { _ in
            Float(source.normal() * pow(10, source.uniform() * 40 - 35))
        }
        var store = ParameterStore<Float>()
        _ = store.add("w", Tensor(shape: [50, 100], elements: weights))
        let pruned = try pruning(store, share: share).pruned(store).tensors[0].elements
        for row in stride(from: 0, to: 5000, by: 100) {
            let places = row..<row + 100
            let kept = places.filter { pruned[$0] != 0 }.map { abs(weights[$0]) }
            let gone = places.filter { pruned[$0] == 0 }.map { abs(weights[$0]) }
            #expect(gone.count == Int(share * 100))
            #expect((gone.max() ?? 0) <= (kept.min() ?? 0))
        }
    }

    @Test func withoutAShareThereIsNothingToDo() {
        #expect(Pruning(share: 0, epochs: 3, matrices: []).map { _ in true } == nil)
    }
}
