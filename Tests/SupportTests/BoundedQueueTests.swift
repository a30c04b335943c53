import Dispatch
import Foundation
import Testing

@testable import Support

@Suite struct BoundedQueueTests {
    @Test func refusesWhenFull() {
        let queue = BoundedQueue<Int>(capacity: 2)
        #expect(queue.offer(1))
        #expect(queue.offer(2))
        #expect(!queue.offer(3))
        #expect(queue.takeAll() == [1, 2])
        #expect(queue.offer(4))
    }

    @Test func handsOutAtMostTheLimitInOrder() {
        let queue = BoundedQueue<Int>(capacity: 10)
        for number in 1...5 { #expect(queue.offer(number)) }
        #expect(queue.takeAll(limit: 2) == [1, 2])
        #expect(queue.count == 3)
        #expect(queue.takeAll(limit: 3) == [3, 4, 5])
    }

    @Test func handsOutWhatIsLeftAfterItWasClosed() {
        let queue = BoundedQueue<Int>(capacity: 10)
        #expect(queue.offer(1))
        queue.close()
        #expect(!queue.offer(2))
        #expect(queue.takeAll() == [1])
        #expect(queue.takeAll() == [])
    }

    @Test func saysWhenNothingCameInTime() {
        let queue = BoundedQueue<Int>(capacity: 2)
        for patience in [Duration.seconds(-1), .zero, .milliseconds(1)] {
            #expect(queue.takeAll(waitingAtMost: patience) == nil)
            #expect(queue.offer(1))
            #expect(queue.takeAll(waitingAtMost: patience) == [1])
        }
        queue.close()
        #expect(queue.takeAll(waitingAtMost: .seconds(60)) == [])
    }

    @Test func wakesItsConsumerWhenItIsClosed() async {
        let queue = BoundedQueue<Int>(capacity: 1)
        let taken = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: queue.takeAll()) }
            queue.close()
        }
        #expect(taken == [])
    }

    @Test func losesNothingOfManyProducers() async {
        let producers = 4
        let each = 1000
        let queue = BoundedQueue<(producer: Int, number: Int)>(capacity: 64)
        // Threads of their own: waiting in the queue would hold up other tests' tasks.
        let running = DispatchGroup()
        for producer in 0..<producers {
            running.enter()
            Thread.detachNewThread {
                for number in 0..<each {
                    while !queue.offer((producer, number)) { usleep(50) }
                }
                running.leave()
            }
        }
        running.notify(queue: .global()) { queue.close() }
        let taken = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var taken: [[Int]] = Array(repeating: [], count: producers)
                while case let batch = queue.takeAll(limit: 50), !batch.isEmpty {
                    for element in batch { taken[element.producer].append(element.number) }
                }
                continuation.resume(returning: taken)
            }
        }
        for numbers in taken { #expect(numbers == Array(0..<each)) }
    }
}
