import Foundation
import GRDB
import Support
import Synchronization
import Testing

@testable import Store

/// What an opening says that takes long.
struct OpeningProgressTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// What is said while the store is opened and closed again.
    private func told(_ options: StoreOptions? = nil) throws -> [OpeningProgress] {
        let told = Mutex<[OpeningProgress]>([])
        try fixture.open(options) { progress in told.withLock { $0.append(progress) } }.close()
        return told.withLock { $0 }
    }

    private func steps(_ told: [OpeningProgress]) -> [(step: OpeningStep, isBegin: Bool)] {
        told.map { progress in
            switch progress {
            case .begins(let step): (step, true)
            case .ended(let step, let duration):
                (step, duration < .zero)  // No step ends before it begins.
            }
        }
    }

    /// A database of some version back, with an event or without.
    private func makeEarlier(hasEvents: Bool) throws {
        let earlier = Array(Migration.all.dropLast(2))
        try DatabaseQueue(path: fixture.path).inDatabase { db in
            try Migrator(earlier).migrate(db, now: Timestamp(milliseconds: 0))
            guard hasEvents else { return }
            try db.execute(
                sql: """
                    INSERT INTO users (id, cohort_hash) VALUES ('u', 1);
                    INSERT INTO items (id, is_available, created_at) VALUES ('i', 1, 0);
                    INSERT INTO event_types (name) VALUES ('view');
                    INSERT INTO events (user, item, type, time) VALUES (1, 1, 1, 0);
                    """)
        }
    }

    @Test func tellsOfEachMigrationOfALogBeforeAndAfter() throws {
        try makeEarlier(hasEvents: true)
        let told = try told()
        let migrations = Migration.all.suffix(2).map { OpeningStep.migration($0.name) }
        let expected = (migrations + [.popularity]).flatMap { [($0, true), ($0, false)] }
        #expect(steps(told).elementsEqual(expected, by: ==))
        #expect(try self.told().isEmpty)
    }

    @Test func saysNothingOfAnEmptyLog() throws {
        #expect(try told().isEmpty)
        try FileManager.default.removeItem(atPath: fixture.path)
        try makeEarlier(hasEvents: false)
        #expect(try told().isEmpty)
    }

    @Test func tellsThatPopularityIsCountedAnew() async throws {
        let store = try fixture.open()
        _ = try await store.append([event()])
        try store.close()
        var options = fixture.options()
        options.popularityHalfLifeDays = 7
        let counted = try told(options)
        #expect(steps(counted).map(\.step) == [.popularity, .popularity])
    }

    @Test func saysItInASentence() {
        let step = OpeningStep.migration("0012-user-events")
        #expect("\(OpeningProgress.begins(step))" == "migrating the database: 0012-user-events")
        #expect(
            "\(OpeningProgress.ended(step, after: .milliseconds(83_040)))"
                == "migrating the database: 0012-user-events: done in 83.0 s")
    }
}
