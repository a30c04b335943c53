import Synchronization

/// Counters side by side that one thread counts and any thread reads.
///
/// With one writer, counting is a load and a store without a lock on the bus: nearly free. A reader
/// sees each counter as it was a moment ago, and not all of them at the same moment.
///
/// Writes: one thread, or several that exclude each other. Reads: any thread.
package final class CounterBlock: @unchecked Sendable {
    // @unchecked: the pointer never changes, and what it points to are atomics.
    private let counters: UnsafeMutablePointer<Atomic<Int>>
    package let count: Int

    package init(count: Int) {
        precondition(count > 0, "a block of \(count) counters counts nothing")
        self.count = count
        counters = .allocate(capacity: count)
        for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counters.deinitialize(count: count)
        counters.deallocate()
    }

    package func add(_ amount: Int = 1, at index: Int) {
        precondition(index >= 0 && index < count, "there is no counter \(index)")
        let before = counters[index].load(ordering: .relaxed)
        counters[index].store(before &+ amount, ordering: .relaxed)
    }

    package func value(at index: Int) -> Int {
        precondition(index >= 0 && index < count, "there is no counter \(index)")
        return counters[index].load(ordering: .relaxed)
    }
}

extension [CounterBlock] {
    /// What all threads have counted.
    package func sum(at index: Int) -> Int {
        reduce(0) { $0 &+ $1.value(at: index) }
    }
}
