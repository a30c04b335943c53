import Events
import Support
import Testing

@testable import Importing

@Suite struct DemoLogTests {
    private static let end = Timestamp(milliseconds: 1_795_000_000_000)
    private static let log = Result { try DemoLog(DemoLog.Options(end: end)) }

    private func small(seed: UInt64) throws -> DemoLog {
        try DemoLog(
            DemoLog.Options(users: 50, items: 40, events: 500, days: 10, end: Self.end, seed: seed))
    }

    @Test func isMadeFromTheSeed() throws {
        let log = try small(seed: 1)
        let again = try small(seed: 1)
        #expect(log.events == again.events)
        #expect(log.items == again.items)
        #expect(log.users == again.users)
        #expect(try small(seed: 2).events != log.events)
    }

    @Test func hasTheSizesAskedFor() throws {
        let log = try Self.log.get()
        #expect(log.users.count == 2_000)
        #expect(log.items.count == 800)
        #expect(log.events.count == 60_000)
        #expect(Set(log.events.map(\.id)).count == 60_000)
        #expect(Set(log.items.map(\.title)).count == 800)
        #expect(Set(log.events.map(\.user)).count > 1_500)
        #expect(
            Set(log.events.map(\.type))
                == ["view", "click", "like", "cart", "purchase", "rating"])
        #expect(log.events.allSatisfy { ($0.type == "rating") == ($0.value != nil) })
    }

    @Test(arguments: [(1, 1, 1, 1), (3, 2, 100, 2), (5, 13, 1000, 400)])
    func worksAtAnySize(users: Int, items: Int, events: Int, days: Int) throws {
        let log = try DemoLog(
            DemoLog.Options(users: users, items: items, events: events, days: days, end: Self.end))
        #expect(log.events.count == events)
    }

    @Test func runsInOrderUpToItsEnd() throws {
        let times = try Self.log.get().events.compactMap(\.time)
        #expect(times.count == 60_000)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        let first = try #require(times.first)
        let last = try #require(times.last)
        #expect(last < Self.end)
        #expect(Self.end - last < .seconds(86_400))
        #expect(Self.end - first > .seconds(89 * 86_400))
        #expect(Self.end - first <= .seconds(90 * 86_400))
    }

    @Test func namesOnlyItemsThatAreOut() throws {
        let log = try Self.log.get()
        let released = Dictionary(uniqueKeysWithValues: log.items.map { ($0.id, $0.createdAt) })
        for event in log.events {
            let release = try #require(released[event.item] ?? nil)
            #expect(try #require(event.time) >= release)
        }
    }

    @Test func fewItemsArePopular() throws {
        let log = try Self.log.get()
        let counts = Dictionary(grouping: log.events, by: \.item).mapValues(\.count)
            .values.sorted(by: >)
        let top = counts.prefix(80).reduce(0, +)
        #expect(top > 21_000)
        // And yet the tail is in use.
        #expect(counts.count > 700)
        #expect(top < 48_000)
    }

    /// The taste of most of a user's first half against the second half.
    @Test func usersKeepToTheirTastes() throws {
        let log = try Self.log.get()
        let taste = Dictionary(uniqueKeysWithValues: log.items.map { ($0.id, $0.categories[0]) })
        var hits = 0
        var chance = 0.0
        var total = 0
        let overall = shares(of: log.events.compactMap { taste[$0.item] })
        for events in Dictionary(grouping: log.events, by: \.user).values where events.count >= 20 {
            let tastes = events.compactMap { taste[$0.item] }
            let half = tastes.count / 2
            let first = shares(of: tastes.prefix(half))
            let favourite = try #require(
                first.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key)
            hits += tastes.dropFirst(half).count { $0 == favourite }
            chance += Double(tastes.count - half) * (overall[favourite] ?? 0)
            total += tastes.count - half
        }
        #expect(total > 10_000)
        #expect(Double(hits) > 3 * chance)
    }

    @Test func demandDrifts() throws {
        let log = try Self.log.get()
        let taste = Dictionary(uniqueKeysWithValues: log.items.map { ($0.id, $0.categories[0]) })
        let early = log.events.prefix(20_000)
        let late = log.events.suffix(20_000)
        func distance(_ key: (Event) -> String?) -> Double {
            let a = shares(of: early.compactMap(key))
            let b = shares(of: late.compactMap(key))
            return Set(a.keys).union(b.keys)
                .reduce(0) { $0 + abs((a[$1] ?? 0) - (b[$1] ?? 0)) } / 2
        }
        #expect(distance { taste[$0.item] } > 0.1)
        #expect(distance(\.item.rawValue) > 0.25)
        let known = Set(early.map(\.item))
        #expect(late.count { !known.contains($0.item) } > 2_000)
    }

    private func shares(of keys: some Collection<String>) -> [String: Double] {
        Dictionary(grouping: keys, by: \.self).mapValues { Double($0.count) / Double(keys.count) }
    }
}
