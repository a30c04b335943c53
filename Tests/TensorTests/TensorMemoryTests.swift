import Foundation
import Synchronization
import Tensor
import Testing

@Suite struct TensorMemoryTests {
    private static let blockSize = 200 << 10
    private static let blockCount = 32
    private static let rounds = 20

    /// As a model's work on a request: some MiB in blocks, all of them freed at the end.
    private static func work() {
        let blocks = (0..<blockCount).map { _ in
            let block = UnsafeMutablePointer<UInt8>.allocate(capacity: blockSize)
            block.initialize(repeating: 1, count: blockSize)
            return block
        }
        for block in blocks { block.deallocate() }
    }

    /// RUSAGE_THREAD, which glibc declares for GNU C alone.
    private static let thisThread = __rusage_who_t(1)

    private static func pageFaults() -> Int {
        var usage = rusage()
        getrusage(thisThread, &usage)
        return Int(usage.ru_minflt)
    }

    private static let usesTheSystemsAllocator =
        ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil

    /// On a thread of its own, as an event loop is: only the first heap grows in one piece.
    @Test(.enabled(if: Self.usesTheSystemsAllocator, "a sanitizer has an allocator of its own"))
    func takesTheMemoryOfTheLastRequestAgain() async {
        TensorMemory.keepFreed()
        let faults = await withCheckedContinuation { done in
            Thread.detachNewThread {
                Self.work()
                let before = Self.pageFaults()
                for _ in 0..<Self.rounds { Self.work() }
                done.resume(returning: Self.pageFaults() - before)
            }
        }
        let pagesOfOneRound = Self.blockCount * Self.blockSize / 4096
        #expect(faults < pagesOfOneRound)
    }
}
