import Events
import Foundation
import Support
import Testing

@testable import Store

/// The popularity that is kept up with each transaction, against the sum it stands for.
struct PopularityTests {
    private let day: Int64 = 86_400

    private func scores(_ store: Store) async throws -> [String: Double] {
        let names = Dictionary(
            uniqueKeysWithValues: try await store.reader.itemDirectory().map {
                ($0.key, $0.id.rawValue)
            })
        return Dictionary(
            uniqueKeysWithValues: try await store.reader.popularity().map {
                (names[$0.item] ?? "?", $0.score)
            })
    }

    private func options(_ fixture: StoreFixture, days: Double) -> StoreOptions {
        var options = fixture.options()
        options.popularityHalfLifeDays = days
        return options
    }

    @Test func halvesAnEventPerHalfLifeBeforeTheNewest() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open(options(fixture, days: 10))
        _ = try await store.append([
            event("1", item: "old", at: 0), event("2", item: "old", at: 10 * day),
            event("3", item: "new", at: 20 * day), event("4", item: "new", at: 10 * day),
            event("5", "dislike", item: "bad", at: 20 * day),
        ])
        let found = try await scores(store)
        #expect(Set(found.keys) == ["old", "new"])
        #expect(abs((found["old"] ?? 0) - 0.75) < 1e-9)
        #expect(abs((found["new"] ?? 0) - 1.5) < 1e-9)
        #expect(try await store.reader.popularity().map(\.count.eventCount) == [2, 2])
        try store.close()
    }

    @Test func takesErasedEventsBack() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open(options(fixture, days: 10))
        _ = try await store.append([
            event("1", item: "a", at: 0), event("2", item: "a", at: 10 * day),
            event("3", user: "u2", item: "a", at: 10 * day),
            event("4", user: "u2", item: "b", at: 10 * day),
        ])
        _ = try await store.removeEvent(id: "1")
        #expect(abs((try await scores(store)["a"] ?? 0) - 2) < 1e-9)
        _ = try await store.deleteUser(UserID(stored: "u2"))
        let found = try await scores(store)
        #expect(Set(found.keys) == ["a"])
        #expect(abs((found["a"] ?? 0) - 1) < 1e-9)
        try store.close()
    }

    @Test func followsAnotherConfigurationAtTheNextStart() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open(options(fixture, days: 10))
        _ = try await store.append([
            event("1", item: "a", at: 0), event("2", "dislike", item: "b", at: 10 * day),
        ])
        try store.close()
        let slower = try fixture.open(options(fixture, days: 5))
        #expect(abs((try await scores(slower)["a"] ?? 0) - 0.25) < 1e-9)
        try slower.close()
        let meanings = EventMeanings(overriding: ["dislike": EventMeaning()])
        let inverted = try fixture.open(options(fixture, days: 5), meanings: meanings)
        #expect(Set(try await scores(inverted).keys) == ["a", "b"])
        try inverted.close()
    }

    @Test func agreesWithTheSumItStandsFor() {
        let halfLife = HalfLife(days: 7)
        var random = RandomSource(seed: 1)
        let times = (0..<200).map { _ in
            Timestamp(
                milliseconds: 1_700_000_000_000
                    + Int64.random(in: 0..<8_000_000_000, using: &random))
        }
        var count = DecayedCount()
        for time in times { count.add(time, halfLife: halfLife) }
        for time in times.prefix(50) { count.remove(time, halfLife: halfLife) }
        let reference = times[199]
        let sum = times.dropFirst(50).reduce(0) { sum, time in
            sum + exp2(halfLife.halvings(to: time) - halfLife.halvings(to: reference))
        }
        #expect(count.eventCount == 150)
        #expect(abs(count.score(at: reference, halfLife: halfLife) / sum - 1) < 1e-6)
    }
}
