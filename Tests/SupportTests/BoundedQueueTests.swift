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

    @Test func wakesItsConsumerWhenItIsClosed() async {
        let queue = BoundedQueue<Int>(capacity: 1)
        let taken = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: queue.takeAll()) }
            queue.close()
        }
        #expect(taken == [])
    }

    @Test func losesNothingOfManyProducers() async {
        let producers = 8
        let each = 2000
        let queue = BoundedQueue<(producer: Int, number: Int)>(capacity: 64)
        let consumer = Task.detached {
            var taken: [[Int]] = Array(repeating: [], count: producers)
            while true {
                let batch = queue.takeAll(limit: 50)
                if batch.isEmpty { return taken }
                for element in batch { taken[element.producer].append(element.number) }
            }
        }
        DispatchQueue.concurrentPerform(iterations: producers) { producer in
            for number in 0..<each {
                while !queue.offer((producer, number)) { sched_yield() }
            }
        }
        queue.close()
        let taken = await consumer.value
        for numbers in taken { #expect(numbers == Array(0..<each)) }
    }
}
