import Tensor

extension WorkerPool {
    /// Below this many elements, waking the helpers takes longer than the work.
    private static let smallestSplit = 1 << 15

    /// Runs `body` on each worker's share of `0..<count`; whether it was true for all of them.
    func allShares(
        of count: Int, elementsEach: Int = 1, _ body: @escaping (Range<Int>) -> Bool
    ) -> Bool {
        guard self.count > 1, count * elementsEach >= Self.smallestSplit else {
            return body(0..<count)
        }
        let results = PerWorker(repeating: true, count: self.count)
        run { [self] worker in results[worker] = body(share(of: count, for: worker)) }
        return results.values.allSatisfy { $0 }
    }
}

/// A place for each worker: it writes its own while the pool runs, the caller reads all after.
final class PerWorker<Value>: @unchecked Sendable {
    private let places: UnsafeMutableBufferPointer<Value>

    init(repeating value: Value, count: Int) {
        places = .allocate(capacity: count)
        places.initialize(repeating: value)
    }

    deinit {
        places.deinitialize()
        places.deallocate()
    }

    subscript(worker: Int) -> Value {
        get { places[worker] }
        _modify { yield &places[worker] }
    }

    var values: [Value] { Array(places) }
}
