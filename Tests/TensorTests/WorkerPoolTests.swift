import Synchronization
import Tensor
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 5])
    func runsEachWorkerOnceEachTime(count: Int) {
        let pool = WorkerPool(count: count)
        let calls = Mutex([Int](repeating: 0, count: count))
        for round in 1...50 {
            pool.run { worker in calls.withLock { $0[worker] += 1 } }
            #expect(calls.withLock { $0 } == [Int](repeating: round, count: count))
        }
    }

    @Test(arguments: [1, 2, 3, 7], [0, 1, 5, 100])
    func sharesCoverTheWholeOnce(count: Int, total: Int) {
        let pool = WorkerPool(count: count)
        let shares = (0..<count).flatMap { Array(pool.share(of: total, for: $0)) }
        #expect(shares == Array(0..<total))
    }
}
