import Support

/// Answers that wait to be written, their items in one array: no memory is asked for, for each.
struct AnswerBuffer: Sendable {
    struct Entry: Sendable {
        let id: AnswerID
        let user: UserKey?
        let source: AnswerSource
        fileprivate var items: Range<Int>
    }

    private(set) var entries: [Entry] = []
    private var items: [ItemKey] = []

    init() {}

    /// With memory for as much as there is in another one.
    init(sizedAs other: AnswerBuffer) {
        entries.reserveCapacity(other.entries.count)
        items.reserveCapacity(other.items.count)
    }

    mutating func append(_ id: AnswerID, user: UserKey?, source: AnswerSource, items: [ItemKey]) {
        let start = self.items.count
        self.items.append(contentsOf: items)
        entries.append(
            Entry(id: id, user: user, source: source, items: start..<self.items.count))
    }

    mutating func append(_ other: AnswerBuffer) {
        let shift = items.count
        items.append(contentsOf: other.items)
        entries.append(
            contentsOf: other.entries.lazy.map { entry in
                var entry = entry
                entry.items = entry.items.lowerBound + shift..<entry.items.upperBound + shift
                return entry
            })
    }

    mutating func removeFirst(_ count: Int) {
        var rest = AnswerBuffer()
        for entry in entries[count...] {
            rest.append(
                entry.id, user: entry.user, source: entry.source, items: Array(items(of: entry)))
        }
        self = rest
    }

    func items(of entry: Entry) -> ArraySlice<ItemKey> { items[entry.items] }
}
