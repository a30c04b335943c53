import Events
import Store
import Support
import TestSupport
import Testing

@testable import Training

@Suite struct TrainingLogTests {
    private let database: TemporaryStore

    init() throws { database = try TemporaryStore() }

    private func read() throws -> TrainingLog {
        try TrainingLog(reading: Store.openReadOnly(path: database.path, meanings: EventMeanings()))
    }

    private func names(_ log: TrainingLog, _ user: Int) -> [String] {
        log.users[user].interactions.map { log.items[$0.item.row].rawValue }
    }

    @Test func readsEveryUsersHistoryOldestFirst() async throws {
        let store = database.store
        try await store.append([("ann", "like", "b"), ("bob", "like", "a")])
        try await store.append(
            [("ann", "view", "a"), ("ann", "like", "c")], from: TemporaryStore.start + .seconds(-60)
        )
        let log = try read()
        #expect(log.watermark == EventSequence(4))
        #expect(log.users.map(\.key) == [UserKey(1), UserKey(2)])
        #expect(names(log, 0) == ["a", "c", "b"])
        #expect(names(log, 1) == ["a"])
        #expect(log.users.allSatisfy { (0..<1).contains($0.place) })
    }

    @Test func breaksTiesInTimeBySequence() async throws {
        let names = (0..<20).map { "i\($0)" }
        _ = try await database.store.append(
            names.map {
                Event(
                    type: "like", user: UserID(stored: "u"), item: ItemID(stored: $0),
                    time: TemporaryStore.start)
            })
        #expect(self.names(try read(), 0) == names)
    }

    @Test func leavesOutItemsThatNobodyLikedOrThatWereDeleted() async throws {
        let store = database.store
        try await store.append([
            ("ann", "like", "a"), ("ann", "dislike", "b"), ("ann", "like", "c"),
            ("bob", "like", "c"),
        ])
        _ = try await store.deleteItem(ItemID(stored: "c"))
        let log = try read()
        #expect(log.items.map(\.rawValue) == ["a"])
        #expect(log.users.count == 1)
    }

    @Test func readsALogLongerThanOneRange() async throws {
        let count = 20_500
        for start in stride(from: 0, to: count, by: 5000) {
            try await database.store.append(
                (start..<min(start + 5000, count)).map { ("u\($0 % 7)", "like", "i\($0 % 11)") },
                from: TemporaryStore.start + .seconds(start))
        }
        let log = try read()
        #expect(log.users.count == 7)
        #expect(log.users.reduce(0) { $0 + $1.interactions.count } == count)
        #expect(log.watermark == EventSequence(Int64(count)))
    }

    @Test func isEmptyForAnEmptyLog() throws {
        let log = try read()
        #expect(log.users.isEmpty && log.items.isEmpty)
        #expect(log.watermark == .zero)
    }

    @Test func givesTheSameUserTheSamePlaceWhateverElseIsThere() async throws {
        try await database.store.append([("ann", "like", "a")])
        let before = try read().users[0].place
        try await database.store.append([("bob", "like", "a"), ("ann", "like", "b")])
        #expect(try read().users[0].place == before)
    }
}
