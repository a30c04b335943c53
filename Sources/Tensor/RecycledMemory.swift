/// Arrays that nobody reads any more, for the next ones of about the same size.
///
/// Batches of packed sequences have a different number of rows each time. So an array may serve for
/// fewer elements than it has room for, down to half of them, and new ones get room to spare.
struct RecycledMemory<Scalar: TensorScalar> {
    /// Small arrays are as cheap to make anew.
    private static var smallest: Int { 1024 }

    /// By the elements that they have room for.
    private var byRoom: [Int: [[Scalar]]] = [:]
    /// What arrays grow by within their room.
    private var zeros: [Scalar] = []

    /// An array of the given count; what is in it is arbitrary.
    mutating func take(count: Int) -> [Scalar] {
        guard count >= Self.smallest else { return [Scalar](repeating: 0, count: count) }
        let room = Self.roundedUp(count)
        let fitting = byRoom.keys.filter { room <= $0 && $0 <= 2 * room }.min()
        guard let fitting, var elements = byRoom[fitting]?.popLast() else {
            return [Scalar](unsafeUninitializedCapacity: room) { _, initialized in
                // Numbers have no invalid bits: what lies there may be read before it is written.
                initialized = count
            }
        }
        if byRoom[fitting]?.isEmpty == true { byRoom[fitting] = nil }
        resize(&elements, to: count)
        return elements
    }

    mutating func give(_ elements: [Scalar]) {
        guard elements.count >= Self.smallest else { return }
        byRoom[Self.roundedDown(elements.capacity), default: []].append(elements)
    }

    /// By whole slices: generic code would write number by number.
    private mutating func resize(_ elements: inout [Scalar], to count: Int) {
        guard elements.count < count else {
            elements.removeLast(elements.count - count)
            return
        }
        let missing = count - elements.count
        if zeros.count < missing { zeros = [Scalar](repeating: 0, count: missing) }
        elements.append(contentsOf: zeros[..<missing])
    }

    /// The next multiple of an eighth of the power of two below it.
    private static func roundedUp(_ count: Int) -> Int {
        let step = step(count)
        return (count + step - 1) / step * step
    }

    private static func roundedDown(_ count: Int) -> Int {
        count / step(count) * step(count)
    }

    private static func step(_ count: Int) -> Int {
        max(1, 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount - 3))
    }
}
