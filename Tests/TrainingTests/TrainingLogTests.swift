import Evaluation
import Events
import Store
import Support
import TestSupport
import Testing
import TrainerPipe

@testable import Training

@Suite struct TrainingLogTests {
    private let database: TemporaryStore

    init() throws { database = try TemporaryStore() }

    private func read(
        _ preprocessing: PreprocessingSettings = .init(), readsContent: Bool = false,
        until cut: TemporalSplit.Cut? = nil
    ) throws -> TrainingLog {
        try TrainingLog(
            reading: Store.openReadOnly(path: database.path, meanings: EventMeanings()),
            preprocessing: preprocessing, readsContent: readsContent, until: cut)
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

    @Test func readsContentsWhereTheyAreWanted() async throws {
        let store = database.store
        try await store.append([("ann", "like", "b"), ("ann", "like", "c"), ("bob", "like", "b")])
        _ = try await store.putItems([
            Item(id: ItemID(stored: "new"), title: "New", embedding: [1, 2]),
            Item(id: ItemID(stored: "c"), categories: ["x"], attributes: #"{"year":1999}"#),
            Item(id: ItemID(stored: "bare")), Item(id: ItemID(stored: "gone"), title: "Gone"),
        ])
        _ = try await store.deleteItem(ItemID(stored: "gone"))
        _ = try await store.putUsers([
            UserProfile(id: UserID(stored: "bob"), attributes: #"{"age":30}"#),
            UserProfile(id: UserID(stored: "nobody"), attributes: #"{"age":31}"#),
        ])
        #expect(try read().catalogue == nil)
        #expect(try read().users.allSatisfy { $0.attributes == .none })
        let log = try read(readsContent: true)
        let catalogue = try #require(log.catalogue)
        #expect(log.items.map(\.rawValue) == ["b", "c"])
        #expect(catalogue.items.map(\.rawValue) == ["b", "c", "new"])
        #expect(
            catalogue.contents == [
                .none, ItemContent(categories: ["x"], attributes: ["year": .integer(1999)]),
                ItemContent(title: "New", embedding: [1, 2]),
            ])
        #expect(
            log.users.map(\.attributes) == [.none, UserAttributes(["age": .integer(30)])])
    }

    @Test func readsACatalogueLongerThanOneRange() async throws {
        let names = (0..<2500).map { "i\($0)" }
        _ = try await database.store.putItems(
            names.map { Item(id: ItemID(stored: $0), title: $0) })
        try await database.store.append([("ann", "like", "i2400")])
        let catalogue = try #require(try read(readsContent: true).catalogue)
        #expect(catalogue.items.count == 2500)
        #expect(catalogue.items[0].rawValue == "i2400")
        #expect(catalogue.contents.map(\.title) == catalogue.items.map(\.rawValue))
    }

    /// Training leaves events out; what a held-out user is measured by is all that he did.
    @Test func keepsWhatAnswersReadBesideWhatIsTrainedOn() async throws {
        let time = TemporaryStore.start
        try await database.store.append([("ann", "like", "a")], from: time + .seconds(-9 * 86_400))
        try await database.store.append([("ann", "like", "b"), ("bob", "like", "a")], from: time)
        var settings = PreprocessingSettings()
        settings.windowDays = 3
        settings.halfLifeDays = 0.5 / 86_400  // half a second
        let log = try read(settings)
        #expect(names(log, 0) == ["a", "b"])
        #expect(log.users[0].interactions.map(\.strength) == [2, 2])
        #expect(log.users[0].trained.map { log.items[$0.item.row].rawValue } == ["b"])
        #expect(log.users[0].trained.map(\.strength) == [0.5])
        #expect(log.users[1].trained.map(\.strength) == [2])
    }

    /// What is to be foretold has no say in what is trained on: the window ends where the log is cut,
    /// and who is busy after it is no bot before. Its items and events are still there to be found.
    @Test(arguments: [
        TemporalSplit.Cut.time(TemporaryStore.start + .seconds(-86_400)), .share(0.6),
    ])
    func preprocessesOnlyWhatComesBeforeTheCut(cut: TemporalSplit.Cut) async throws {
        let time = TemporaryStore.start
        try await database.store.append(
            [("ann", "like", "a"), ("ann", "like", "b")], from: time + .seconds(-9 * 86_400))
        try await database.store.append([("ann", "like", "c")], from: time + .seconds(-8 * 86_400))
        try await database.store.append([("ann", "like", "a"), ("ann", "like", "new")], from: time)
        var settings = PreprocessingSettings()
        settings.windowDays = 3
        settings.maximumEventsPerDay = 2
        let log = try read(settings, until: cut)
        #expect(names(log, 0) == ["a", "b", "c", "a", "new"])
        #expect(log.users[0].trained.map { log.items[$0.item.row].rawValue } == ["a", "b", "c"])
        #expect(log.preprocessing.log.events == 3)
    }

    @Test func tellsBotsFromPeople() async throws {
        try await database.store.append([
            ("bot", "like", "a"), ("bot", "like", "b"), ("bot", "like", "c"),
            ("ann", "like", "a"),
        ])
        var settings = PreprocessingSettings()
        settings.maximumEventsPerDay = 2
        let log = try read(settings)
        #expect(log.items.map(\.rawValue) == ["a"])
        #expect(log.users.map(\.isPerson) == [false, true])
        #expect(log.userCount == 2)
    }

    @Test func givesTheSameUserTheSamePlaceWhateverElseIsThere() async throws {
        try await database.store.append([("ann", "like", "a")])
        let before = try read().users[0].place
        try await database.store.append([("bob", "like", "a"), ("ann", "like", "b")])
        #expect(try read().users[0].place == before)
    }
}
