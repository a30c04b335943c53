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
    /// The latest moment at which any was looked at.
    private var judgedAt = Timestamp(milliseconds: 0)

    /// Who asks at the same time may have looked at the clock so long one after the other. A moment
    /// that lies further back is of a clock that was set back.
    private static let disorder = Duration.seconds(1)

    /// Whether there is anything to do at a moment.
    func areDue(at now: Timestamp) -> Bool {
        !unjudged.isEmpty || isSetBack(at: now)
            || changes.first.map { $0.time <= now.milliseconds } ?? false
    }

    private func isSetBack(at now: Timestamp) -> Bool { now + Self.disorder < judgedAt }

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

    /// The items whose moment has come, with whether they are available now. Where the clock was set
    /// back, all of them.
    ///
    /// - Complexity: O(log n) for each.
    mutating func due(at now: Timestamp) -> [(item: ItemKey, isAvailable: Bool)] {
        if isSetBack(at: now) { forgetMoments() }
        judgedAt = max(judgedAt, now)
        var due: [(item: ItemKey, isAvailable: Bool)] = []
        for item in unjudged { judge(item, at: now.milliseconds, into: &due) }
        unjudged.removeAll()
        while let first = changes.first, first.time <= now.milliseconds {
            pop()
            judge(first.item, at: now.milliseconds, into: &due)
        }
        return due
    }

    private mutating func forgetMoments() {
        changes.removeAll()
        unjudged = Array(windows.keys)
        for item in unjudged { windows[item]?.next = nil }
        judgedAt = Timestamp(milliseconds: 0)
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
