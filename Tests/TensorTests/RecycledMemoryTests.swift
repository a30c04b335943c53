import Testing

@testable import Tensor

@Suite struct RecycledMemoryTests {
    private func address(_ elements: [Float]) -> UnsafePointer<Float>? {
        elements.withUnsafeBufferPointer(\.baseAddress)
    }

    /// Takes an array and gives it back; where it lies.
    private func takeAndGive(
        _ count: Int, _ memory: inout RecycledMemory<Float>
    ) -> UnsafePointer<Float>? {
        let elements = memory.take(count: count)
        #expect(elements.count == count)
        let place = address(elements)
        memory.give(elements)
        return place
    }

    /// 5000 elements get room for 5120.
    @Test(arguments: [5000, 4999, 4000, 2600, 5001, 5120])
    func anArrayServesAgainWithinItsRoom(count: Int) {
        var memory = RecycledMemory<Float>()
        let first = takeAndGive(5000, &memory)
        var next = memory.take(count: count)
        #expect(next.count == count)
        #expect(address(next) == first)
        for index in next.indices { next[index] = 1 }
        #expect(address(next) == first, "nobody else holds it, so writing copies nothing")
    }

    @Test(arguments: [2000, 1024, 6000, 50_000])
    func anArrayDoesNotServeForMuchFewerOrForMore(count: Int) {
        var memory = RecycledMemory<Float>()
        let first = takeAndGive(5000, &memory)
        let next = memory.take(count: count)
        #expect(next.count == count)
        #expect(address(next) != first)
    }

    @Test func theSmallestThatFitsIsTaken() {
        var memory = RecycledMemory<Float>()
        let (large, small) = (memory.take(count: 8000), memory.take(count: 5000))
        let place = address(small)
        memory.give(large)
        memory.give(small)
        #expect(address(memory.take(count: 4500)) == place)
    }

    @Test func noArrayIsHandedOutTwice() {
        var memory = RecycledMemory<Float>()
        var held: [[Float]] = (0..<4).map { _ in memory.take(count: 3000) }
        for elements in held { memory.give(elements) }
        held = (0..<6).map { _ in memory.take(count: 3000) }
        #expect(Set(held.map(address)).count == 6)
        held = []
        for round in 0..<50 {
            held.append(memory.take(count: 1024 + round * 37 % 900))
            if round % 3 == 2 { memory.give(held.removeFirst()) }
            #expect(Set(held.map(address)).count == held.count)
        }
    }

    @Test(arguments: [0, 1, 1023])
    func smallArraysAreNew(count: Int) {
        var memory = RecycledMemory<Float>()
        memory.give([Float](repeating: 7, count: count))
        #expect(memory.take(count: count) == [Float](repeating: 0, count: count))
    }

    /// A parameter that the loss doesn't depend on has zeros for its gradient in every step: they
    /// come from the memory that they are given back to, or it would grow with every step.
    @Test func zeroGradientsServeAgain() {
        let tape = Tape<Float>()
        func step() -> UnsafePointer<Float>? {
            let unused = tape.parameter(Tensor(zeros: [64, 64]))
            tape.backward(from: tape.parameter(Tensor(scalar: 1)))
            let gradient = tape.takeGradient(of: unused)
            #expect(gradient == Tensor(zeros: [64, 64]))
            let place = address(gradient.elements)
            tape.reset()
            tape.recycle(gradient)
            return place
        }
        let first = step()
        #expect(step() == first)
    }
}
