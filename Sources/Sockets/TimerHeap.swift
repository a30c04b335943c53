import Support

/// Something to be done at a time. Belongs to one loop, and to its thread.
package final class LoopTimer {
    package fileprivate(set) var deadline: MonotonicTime
    let action: () -> Void
    /// Timers of the same time go off in the order in which they were set.
    fileprivate var order: UInt64 = 0
    /// Where the heap keeps it, nil while it isn't set.
    fileprivate var position: Int?

    init(deadline: MonotonicTime, action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

/// The timers of a loop, earliest first: a binary heap whose members know their places, so that a
/// cancelled one leaves at once and not when its time comes.
///
/// Reference: Williams, "Algorithm 232: Heapsort", CACM 7(6), 1964.
/// Complexity: O(log n) to set, move and cancel; O(1) to see the earliest.
struct TimerHeap {
    private var timers: [LoopTimer] = []
    /// Of the timer that was set last.
    private(set) var lastOrder: UInt64 = 0

    var earliest: MonotonicTime? { timers.first?.deadline }

    /// Sets the timer, or moves one that is set.
    mutating func set(_ timer: LoopTimer, to deadline: MonotonicTime) {
        lastOrder += 1
        timer.deadline = deadline
        timer.order = lastOrder
        if let position = timer.position {
            restoreOrder(at: position)
        } else {
            timer.position = timers.count
            timers.append(timer)
            restoreOrder(at: timers.count - 1)
        }
    }

    mutating func cancel(_ timer: LoopTimer) {
        guard let position = timer.position else { return }
        swap(position, timers.count - 1)
        timers.removeLast()
        timer.position = nil
        if position < timers.count { restoreOrder(at: position) }
    }

    /// Takes out the earliest timer if its time has come, and it wasn't set after the given one.
    mutating func popDue(at now: MonotonicTime, setBy order: UInt64) -> LoopTimer? {
        guard let first = timers.first, first.deadline <= now, first.order <= order else {
            return nil
        }
        cancel(first)
        return first
    }

    private mutating func restoreOrder(at position: Int) {
        siftDown(from: siftUp(from: position))
    }

    private mutating func siftUp(from start: Int) -> Int {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            swap(child, parent)
            child = parent
        }
        return child
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < timers.count && isBefore(child, first) {
                first = child
            }
            guard first != parent else { return }
            swap(first, parent)
            parent = first
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (timers[left], timers[right])
        return (left.deadline.nanoseconds, left.order) < (right.deadline.nanoseconds, right.order)
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        timers.swapAt(left, right)
        timers[left].position = left
        timers[right].position = right
    }
}
