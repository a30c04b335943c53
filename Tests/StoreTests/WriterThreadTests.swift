import Events
import Foundation
import GRDB
import Support
import Synchronization
import Testing

@testable import Store

/// Group commit, the bounded queue, and requests that fail beside others that do not.
struct WriterThreadTests {
    private struct Refused: Error {}

    @Test func storesEachEventOfConcurrentWritersOnce() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let sequences = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var sequences: [Int64] = []
                    for number in 0..<50 {
                        let outcome = try await store.append([
                            event("\(writer)-\(number)", user: "u\(writer)")
                        ])
                        sequences += outcome.sequences
                    }
                    return sequences
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(sequences) == Set(1...400))
        for writer in 0..<8 {
            let events = try await store.reader.events(
                of: UserID(stored: "u\(writer)"), limit: 100)
            #expect(events.compactMap(\.event.id) == (0..<50).reversed().map { "\(writer)-\($0)" })
        }
        try store.close()
    }

    /// While the writer is held up, requests gather; they must then share one transaction.
    @Test func commitsWhatWaitsInOneTransaction() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let groups = Mutex<[Int]>([])
        store.observeAppends { events in groups.withLock { $0.append(events.count) } }
        let gate = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            try await holdUp(store, gate, in: &group)
            for number in 0..<20 {
                group.addTask { try await store.append([event("e\(number)")]).verdicts.count }
            }
            while store.waitingWrites < 20 { await Task.yield() }
            gate.signal()
            try await group.waitForAll()
        }
        #expect(groups.withLock { $0 } == [20])
        try store.close()
    }

    @Test func refusesOneMoreThanTheQueueHolds() async throws {
        let fixture = try StoreFixture()
        var options = fixture.options()
        options.queueCapacity = 3
        let store = try fixture.open(options)
        let gate = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            try await holdUp(store, gate, in: &group)
            for number in 0..<3 {
                group.addTask { try await store.append([event("e\(number)")]).verdicts.count }
            }
            while store.waitingWrites < 3 { await Task.yield() }
            await #expect(throws: StoreRefusal.queueFull) {
                _ = try await store.append([event("one more")])
            }
            gate.signal()
            try await group.waitForAll()
        }
        #expect(try await store.reader.statistics().events == 3)
        #expect(try await store.append([event("later")]).sequences == [4])
        try store.close()
    }

    /// Whether it has written before it failed or not: then the others needn't be written again.
    @Test(arguments: [true, false])
    func oneFailingRequestDoesNotTakeOthersDown(hasWritten: Bool) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let item = ItemID(stored: "i1")
        _ = try await store.putItems([Item(id: item, title: "before")])
        let groups = Mutex<[Int]>([])
        store.observeAppends { events in groups.withLock { $0.append(events.count) } }
        let gate = DispatchSemaphore(value: 0)
        let failures = try await withThrowingTaskGroup(of: Int.self) { group in
            try await holdUp(store, gate, in: &group)
            for number in 0..<5 {
                group.addTask {
                    _ = try await store.append([event("e\(number)", user: "u\(number)")])
                    return 0
                }
                group.addTask {
                    do {
                        if hasWritten {
                            try await store.write("fail") { connection in
                                try connection.db.setSetting("test", "after")
                                throw Refused()
                            }
                        } else {
                            _ = try await store.updateItem(item) { item in
                                item.title = "after"
                                throw Refused()
                            }
                        }
                        return 0
                    } catch is Refused {
                        return 1
                    }
                }
            }
            while store.waitingWrites < 10 { await Task.yield() }
            gate.signal()
            return try await group.reduce(0, +)
        }
        #expect(failures == 5)
        #expect(groups.withLock { $0 } == (hasWritten ? [1, 1, 1, 1, 1] : [5]))
        let statistics = try await store.reader.statistics()
        #expect(statistics.events == 5)
        #expect(statistics.users == 5)
        #expect(statistics.lastSequence == EventSequence(5))
        #expect(try await store.reader.item(item)?.item.title == "before")
        try store.close()
    }

    @Test func splitsWaitingRequestsByWeight() {
        let weights = [3, 3, 5, 10, 1, 20, 2]
        let requests = weights.map { weight in
            WriteRequest(weight: weight, run: { _ in {} }, fail: { _ in })
        }
        let groups = WriteRequest.groups(of: requests, limit: 10).map { $0.map(\.weight) }
        #expect(groups == [[3, 3], [5], [10], [1], [20], [2]])
        #expect(WriteRequest.groups(of: [], limit: 10).isEmpty)
    }

    /// Keeps the writer in a request of its own until the gate opens.
    private func holdUp(
        _ store: Store, _ gate: DispatchSemaphore, in group: inout ThrowingTaskGroup<Int, any Error>
    ) async throws {
        let entered = DispatchSemaphore(value: 0)
        group.addTask {
            try await store.write("hold") { _ in
                entered.signal()
                gate.wait()
            }
            return 0
        }
        while entered.wait(timeout: .now()) == .timedOut { await Task.yield() }
    }
}
