import Store
import Support

/// The items that are available for a time only, and when that begins or ends next.
///
/// A binary heap of moments, the earliest first: whoever asks before that moment has nothing to do.
struct AvailabilityWindows {
    private struct Window {
        /// What the application says beside the times.
        let isOffered: Bool
        let from: Int64
        let until: Int64
        /// The moment under which the heap has it; nil where nothing more happens.
        var next: Int64?

        func isOpen(at now: Int64) -> Bool { isOffered && from <= now && now < until }

        func change(after now: Int64) -> Int64? {
            if now < from { return from }
            return now < until && until < .max ? until : nil
        }
    }

    private struct Change {
        let time: Int64
        let item: ItemKey
    }

    private var windows: [ItemKey: Window] = [:]
    /// Put since `due` was last asked.
    private var unjudged: [ItemKey] = []
    /// An item may stand here twice: looking at it once more changes nothing.
    private var changes: [Change] = []

    /// Whether there is anything to do at a moment.
    func areDue(at now: Timestamp) -> Bool {
        !unjudged.isEmpty || changes.first.map { $0.time <= now.milliseconds } ?? false
    }

    /// Takes in how an item is now. One with times is looked at by the next `due`.
    mutating func put(_ entry: ItemDirectoryEntry) {
        guard entry.availableFrom != nil || entry.expiresAt != nil, !entry.isDeleted else {
            windows[entry.key] = nil
            return
        }
        var window = Window(
            isOffered: entry.isAvailable, from: entry.availableFrom?.milliseconds ?? .min,
            until: entry.expiresAt?.milliseconds ?? .max)
        let known = windows[entry.key]
        if let known, known.from == window.from, known.until == window.until {
            window.next = known.next
        }
        windows[entry.key] = window
        unjudged.append(entry.key)
    }

    /// The items whose moment has come, with whether they are available now.
    ///
    /// - Complexity: O(log n) for each.
    mutating func due(at now: Timestamp) -> [(item: ItemKey, isAvailable: Bool)] {
        var due: [(item: ItemKey, isAvailable: Bool)] = []
        for item in unjudged { judge(item, at: now.milliseconds, into: &due) }
        unjudged.removeAll()
        while let first = changes.first, first.time <= now.milliseconds {
            pop()
            judge(first.item, at: now.milliseconds, into: &due)
        }
        return due
    }

    private mutating func judge(
        _ item: ItemKey, at now: Int64, into due: inout [(item: ItemKey, isAvailable: Bool)]
    ) {
        guard var window = windows[item] else { return }
        due.append((item, window.isOpen(at: now)))
        let next = window.change(after: now)
        if let next, next != window.next { push(Change(time: next, item: item)) }
        window.next = next
        windows[item] = window
    }

    private mutating func push(_ change: Change) {
        changes.append(change)
        var place = changes.count - 1
        while place > 0, changes[place].time < changes[(place - 1) / 2].time {
            changes.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func pop() {
        changes.swapAt(0, changes.count - 1)
        changes.removeLast()
        var place = 0
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < changes.count && changes[child].time < changes[least].time {
                least = child
            }
            if least == place { return }
            changes.swapAt(place, least)
            place = least
        }
    }
}
