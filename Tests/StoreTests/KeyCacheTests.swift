import Testing

@testable import Store

@Suite struct KeyCacheTests {
    private func isKnown(_ id: String, _ cache: inout KeyCache<Int>) -> Bool {
        var asked = false
        _ = cache.value(for: id) {
            asked = true
            return 0
        }
        return !asked
    }

    @Test func remembersWhatWasAsked() {
        var cache = KeyCache<Int>(capacity: 100)
        #expect(cache.value(for: "a") { 1 } == 1)
        #expect(cache.value(for: "a") { 2 } == 1)
        cache.remove("a")
        #expect(cache.value(for: "a") { 2 } == 2)
    }

    @Test func tellsIdsApartByTheirBytes() {
        var cache = KeyCache<Int>(capacity: 100)
        #expect(cache.value(for: "\u{E9}") { 1 } == 1)
        #expect(cache.value(for: "e\u{301}") { 2 } == 2)
    }

    /// Those that are kept as they are, and those that are hashed.
    @Test func tellsIdsOfAllLengthsApart() {
        var cache = KeyCache<Int>(capacity: 1000)
        let ids = (0...40).flatMap { length in
            ["a", "b"].map { String(repeating: $0, count: length) } + [
                String(repeating: "a", count: length) + "\0"
            ]
        }
        for (number, id) in ids.enumerated() where !id.isEmpty {
            #expect(cache.value(for: id) { number } == number)
        }
        for (number, id) in ids.enumerated() where !id.isEmpty {
            #expect(cache.value(for: id) { -1 } == number)
        }
    }

    @Test func keepsWhatIsUsedAndForgetsTheRest() {
        var cache = KeyCache<Int>(capacity: 100)
        for number in 0..<1000 {
            #expect(cache.value(for: "often") { 7 } == 7)
            _ = cache.value(for: "id \(number)") { number }
            #expect(cache.count <= 100)
        }
        #expect(isKnown("often", &cache))
        #expect(isKnown("id 999", &cache))
        #expect(!isKnown("id 0", &cache))
    }

    @Test func forgetsWhatWasRolledBack() {
        var cache = KeyCache<Int>(capacity: 100)
        _ = cache.value(for: "committed") { 1 }
        cache.commit()
        _ = cache.value(for: "undone") { 2 }
        cache.rollback()
        #expect(isKnown("committed", &cache))
        #expect(!isKnown("undone", &cache))
    }
}
