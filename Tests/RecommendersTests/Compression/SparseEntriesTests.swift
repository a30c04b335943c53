import NeuralNetwork
import Tensor
import Testing

@testable import Recommenders

/// Matrices in a checkpoint without their zeros.
@Suite struct SparseEntriesTests {
    /// 3 × 5 with four elements that aren't 0.
    private let matrix = Tensor<Float>(
        shape: [3, 5], elements: [0, 1, 0, 0, -2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4])

    private var entries: [Safetensors.Entry] { SparseEntries.smallest("w", matrix) }

    @Test func holdsABitForEachElementAndTheOthers() throws {
        #expect(entries.map(\.name) == ["w.shape", "w.values", "w.mask"])
        #expect(try entries[0].int64s() == [3, 5])
        #expect(try entries[1].floats() == [1, -2, 3, 4])
        #expect(entries[2].bytes == [0b0001_0010, 0b0100_0100])
    }

    @Test func isExpandedToWhatItWas() throws {
        let other = Safetensors.Entry(name: "b", shape: [1], floats: [9])
        let bytes = Safetensors(entries: [other] + entries, metadata: ["a": "b"]).encoded()
        let expanded = try Safetensors(decoding: bytes).expanded()
        #expect(expanded.metadata == ["a": "b"])
        #expect(Set(expanded.entries.map(\.name)) == ["b", "w"])
        #expect(try expanded.entry("w").shape == [3, 5])
        #expect(try expanded.entry("w").floats() == matrix.elements)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 33])
    func anySizeIsReadAgain(count: Int) throws {
        var elements = [Float](repeating: 0, count: 3 * count)
        for place in stride(from: 2, to: elements.count, by: 5) { elements[place] = Float(place) }
        let matrix = Tensor(shape: [3, count], elements: elements)
        let stored = Safetensors(entries: SparseEntries.smallest("w", matrix))
        #expect(try stored.expanded().entry("w").floats() == elements)
    }

    @Test func staysDenseWhereThatIsSmaller() {
        let full = Tensor<Float>(shape: [2, 2], elements: [1, 2, 0, 4])
        #expect(SparseEntries.smallest("w", full).map(\.name) == ["w"])
    }

    @Test func whatIsRoundedIsExpandedToo() throws {
        let table = ByteRows(rounding: Tensor(shape: [2, 2], elements: [127, -3, 0.5, 0.25]))
        let expanded = try Safetensors(entries: table.entries("t") + entries).expanded()
        #expect(try expanded.entry("t").floats() == table.floats.elements)
        #expect(expanded.entries.count == 2)
    }

    private func replacing(_ name: String, with entry: Safetensors.Entry) -> Safetensors {
        Safetensors(entries: entries.map { $0.name == name ? entry : $0 })
    }

    static let badShapes: [[Int64]] = [[3, 6], [-3, -5], [1 << 40, 1 << 40], [1 << 62], []]

    @Test(arguments: badShapes)
    func refusesOtherShapes(shape: [Int64]) {
        let broken = replacing(
            "w.shape", with: .init(name: "w.shape", shape: [shape.count], int64s: shape))
        #expect(throws: ModelError.wrongIndices(parameter: "w.shape")) { try broken.expanded() }
    }

    @Test func refusesPartsThatDoNotFitTogether() {
        let values = replacing(
            "w.values", with: .init(name: "w.values", shape: [3], floats: [1, 2, 3]))
        #expect(throws: ModelError.wrongIndices(parameter: "w.mask")) { try values.expanded() }
        let poisoned = replacing(
            "w.values", with: .init(name: "w.values", shape: [4], floats: [1, .nan, 3, 4]))
        #expect(throws: ModelError.notFinite(parameter: "w.values")) { try poisoned.expanded() }
        let missing = Safetensors(entries: entries.filter { $0.name != "w.values" })
        #expect(throws: SafetensorsError.missing("w.values")) { try missing.expanded() }
        let scales = Safetensors(entries: [.init(name: "t", shape: [1, 1], int8s: [1])])
        #expect(throws: SafetensorsError.missing("t.scales")) { try scales.expanded() }
    }
}
