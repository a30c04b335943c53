import Events
import Recommenders
import Store
import Support
import Synchronization
import Testing

@testable import Serving
@testable import Store

/// A store that answers when the test says so, with what was committed at that moment.
private final class GatedStore: Sendable {
    private struct State {
        var log: [StoredEvent] = []
        var reads: [CheckedContinuation<Void, Never>] = []
        var readCount = 0
        var error: StoreRefusal?
    }

    private let state = Mutex(State())
    /// One element for each read that has begun.
    private let begun = AsyncStream<Void>.makeStream()

    var readCount: Int { state.withLock { $0.readCount } }

    func commit(_ event: StoredEvent) { state.withLock { $0.log.append(event) } }

    func erase() { state.withLock { $0.log = [] } }

    func fail(with error: StoreRefusal?) { state.withLock { $0.error = error } }

    /// Reads at once, then waits before it hands out what it has read.
    func read(_ user: UserID, limit: Int) async throws -> UserHistory? {
        let (log, error) = state.withLock { state in
            state.readCount += 1
            return (state.log, state.error)
        }
        await withCheckedContinuation { continuation in
            state.withLock { $0.reads.append(continuation) }
            begun.continuation.yield()
        }
        if let error { throw error }
        let events = log.filter { $0.userID == user }
        guard !events.isEmpty else { return nil }
        return UserHistory(
            user: UserKey(1), interactions: events.suffix(limit).map(\.interaction),
            lastSequence: events.last?.sequence)
    }

    /// Waits until so many more reads hang.
    func waitForReads(_ count: Int = 1) async {
        var iterator = begun.stream.makeAsyncIterator()
        for _ in 0..<count { await iterator.next() }
    }

    func releaseFirst() {
        state.withLock { $0.reads.removeFirst() }.resume()
    }
}

/// The limit is for what would wait for ever.
@Suite(.timeLimit(.minutes(2))) struct UserStatesTests {
    private let store = GatedStore()
    private let user = UserID(stored: "u")

    private func makeStates(events: Int = 1_000_000, limit: Int = 10) -> UserStates {
        UserStates(
            byteCapacity: events * MemoryLayout<Interaction<ItemKey>>.stride, historyLimit: limit
        ) { [store] user, limit in
            try await store.read(user, limit: limit)
        }
    }

    private func commit(_ event: StoredEvent, to states: UserStates) {
        store.commit(event)
        states.apply([event])
    }

    private func items(_ state: UserState?) -> [Int32]? {
        state?.interactions.map(\.item.rawValue)
    }

    @Test func readsAUserOnce() async throws {
        let states = makeStates()
        store.commit(.make(1, item: 1))
        async let state = states.state(of: user)
        await store.waitForReads()
        store.releaseFirst()
        #expect(items(try await state) == [1])
        #expect(items(try await states.state(of: user)) == [1])
        #expect(store.readCount == 1)
        #expect(states.count == 1)
    }

    @Test func takesAnEventInThatArrivesDuringARead() async throws {
        let states = makeStates()
        commit(.make(1, item: 1), to: states)
        async let state = states.state(of: user)
        await store.waitForReads()
        commit(.make(2, item: 2, seconds: 5), to: states)
        commit(.make(3, item: 3, seconds: -5), to: states)
        store.releaseFirst()
        #expect(items(try await state) == [3, 1, 2])
        #expect(items(states.cached(user)) == [3, 1, 2])
        #expect(states.cached(user)?.watermark == EventSequence(3))
    }

    @Test func countsAnEventOnceThatTheReadHasSeenToo() async throws {
        let states = makeStates()
        let event = StoredEvent.make(1, item: 1)
        store.commit(event)
        async let state = states.state(of: user)
        await store.waitForReads()
        states.apply([event])
        store.releaseFirst()
        #expect(items(try await state) == [1])
    }

    @Test func takesAnEventInThatArrivesAfterwards() async throws {
        let states = makeStates()
        async let unknown = states.state(of: user)
        await store.waitForReads()
        store.releaseFirst()
        #expect(items(try await unknown) == [])
        commit(.make(1, item: 4), to: states)
        #expect(items(states.cached(user)) == [4])
    }

    @Test func readsAgainWhenTheUserIsForgottenDuringARead() async throws {
        let states = makeStates()
        commit(.make(1, item: 1), to: states)
        async let state = states.state(of: user)
        await store.waitForReads()
        store.erase()
        states.forget(user)
        store.releaseFirst()
        await store.waitForReads()
        store.releaseFirst()
        #expect(items(try await state) == [])
        #expect(items(states.cached(user)) == [])
    }

    /// The second read begins after the erasure and joins in the same user: what the first one
    /// brings is stale all the same.
    @Test func neverKeepsAStaleReadThatAFreshOneOvertakes() async throws {
        let states = makeStates()
        commit(.make(1, item: 1), to: states)
        async let first = states.state(of: user)
        await store.waitForReads()
        store.erase()
        states.forget(user)
        async let second = states.state(of: user)
        await store.waitForReads()
        store.releaseFirst()  // the stale one: it has to read again
        await store.waitForReads()
        #expect(states.cached(user) == nil)
        store.releaseFirst()
        store.releaseFirst()
        #expect(items(try await first) == [])
        #expect(items(try await second) == [])
        #expect(items(states.cached(user)) == [])
    }

    @Test func sharesWhatArrivesAmongReadsOfTheSameUser() async throws {
        let states = makeStates()
        async let first = states.state(of: user)
        await store.waitForReads()
        commit(.make(1, item: 1), to: states)
        async let second = states.state(of: user)
        await store.waitForReads()
        commit(.make(2, item: 2), to: states)
        store.releaseFirst()
        store.releaseFirst()
        #expect(items(try await first) == [1, 2])
        #expect(items(try await second) == [1, 2])
        #expect(items(states.cached(user)) == [1, 2])
    }

    @Test func passesOnWhyAReadFailsAndReadsTheNextTime() async throws {
        let states = makeStates()
        store.fail(with: .readersBusy)
        let failing = Task { try await states.state(of: user) }
        await store.waitForReads()
        store.releaseFirst()
        await #expect(throws: StoreRefusal.readersBusy) { try await failing.value }
        store.fail(with: nil)
        commit(.make(1, item: 1), to: states)
        async let state = states.state(of: user)
        await store.waitForReads()
        store.releaseFirst()
        #expect(items(try await state) == [1])
    }

    @Test func forgetsTheLeastRecentlyUsedBeyondItsBound() async throws {
        let reads = Mutex(0)
        let states = UserStates(byteCapacity: 1, historyLimit: 10) { _, _ in
            reads.withLock { $0 += 1 }
            return nil
        }
        for number in 0..<1000 { _ = try await states.state(of: UserID(stored: "u\(number)")) }
        // 16 shards of the least possible size, two users without events in each.
        #expect(states.count <= 32)
        #expect(states.memory.evictions == 1000 - states.count)
        #expect(states.memory.bytes > 0)
        #expect(reads.withLock { $0 } == 1000)
    }
}

/// Encodings count in the bound of what is in memory.
@Suite struct UserStatesMemoryTests {
    /// As large as 1,000 events.
    private let encoding = HistoryEncoding(
        values: Array(
            repeating: 0,
            count: 1000 * MemoryLayout<Interaction<ItemKey>>.stride / MemoryLayout<Float>.size))
    private let model = ServedModel(
        name: "vae", version: 1, recommender: CountingEncoder(itemCount: 0), items: [])

    private func makeStates(events: Int) -> UserStates {
        UserStates(
            byteCapacity: events * MemoryLayout<Interaction<ItemKey>>.stride, historyLimit: 10
        ) { _, _ in nil }
    }

    private func ask(_ states: UserStates, _ user: UserID) async throws {
        let state = try await states.state(of: user)
        states.keep(encoding, by: model, at: .after(0), of: state, for: user)
    }

    @Test func forgetsUsersForTheSakeOfEncodings() async throws {
        let states = makeStates(events: 16 * 2100)  // two encodings a shard
        for number in 0..<500 { try await ask(states, UserID(stored: "u\(number)")) }
        #expect(states.count <= 32)
        #expect(states.count >= 16)
    }

    @Test func keepsAStateWithoutAnEncodingThatDoesNotFitBesideIt() async throws {
        let states = makeStates(events: 16 * 500)
        let user = UserID(stored: "u")
        try await ask(states, user)
        let state = try #require(states.cached(user))
        #expect(state.encodings.encoding(of: [], by: model, at: .after(0)) == nil)
    }
}
