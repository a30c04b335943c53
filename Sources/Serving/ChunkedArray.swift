/// An array in parts of equal length, so that a change to a copy of it copies one part and not all.
struct ChunkedArray<Element: Sendable>: Sendable {
    private static var shift: Int { 12 }
    static var chunkLength: Int { 1 << shift }

    private(set) var chunks: [[Element]] = []
    private(set) var count = 0

    mutating func append(_ element: Element) {
        if count & (Self.chunkLength - 1) == 0 {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(Self.chunkLength)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    subscript(index: Int) -> Element {
        get { chunks[index >> Self.shift][index & (Self.chunkLength - 1)] }
        set { chunks[index >> Self.shift][index & (Self.chunkLength - 1)] = newValue }
    }
}
