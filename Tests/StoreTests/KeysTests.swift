import Foundation
import Support
import Testing

@testable import Store

/// Keys of the API, and the audit log.
struct KeysTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
    }

    @Test func keepsEverythingOfAKeyButItsText() async throws {
        let store = try fixture.open()
        let end = Timestamp(milliseconds: 1_800_000_000_000)
        let (key, text) = try await store.createKey(
            .init(name: "shop", scopes: ["events", "admin"], expiresAt: end))
        #expect(key.id == 1 && key.name == "shop" && key.scopes == ["events", "admin"])
        #expect(key.createdAt == fixture.clock.now() && key.expiresAt == end)
        #expect(key.revokedAt == nil && key.lastUsedAt == nil)
        #expect(text.hasPrefix("starling_1_") && text.utf8.count == 11 + 43)
        #expect(key.hash.matches(store.keyHasher.hash(text)))
        #expect(try await store.reader.keys(limit: 10) == [key])
        try store.close()
        let file = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        #expect(file.range(of: Data("shop".utf8)) != nil)
        #expect(file.range(of: Data(text.suffix(43).utf8)) == nil)

        let again = try fixture.open()
        #expect(try await again.reader.validKeys().keys == [key])
        #expect(key.hash.matches(again.keyHasher.hash(text)))  // the secret stays
        try again.close()
        let other = try StoreFixture().open()
        #expect(!key.hash.matches(other.keyHasher.hash(text)))  // and is this database's own
        try other.close()
    }

    @Test func twoKeysDiffer() async throws {
        let store = try fixture.open()
        let texts = [
            try await store.createKey(.init(name: "a", scopes: [])),
            try await store.createKey(.init(name: "a", scopes: [])),
        ]
        #expect(texts[0].text.suffix(43) != texts[1].text.suffix(43))
        #expect(!texts[0].key.hash.matches(texts[1].key.hash))
        #expect(try await store.reader.keys(limit: 10).map(\.id) == [2, 1])
        #expect(try await store.reader.keys(before: 2, limit: 10).map(\.id) == [1])
        try store.close()
    }

    @Test func aRevokedKeyStaysInTheListOnly() async throws {
        let store = try fixture.open()
        #expect(try await store.reader.validKeys().hasAny == false)
        let (key, _) = try await store.createKey(.init(name: "a", scopes: ["events"]))
        #expect(key.state(at: fixture.clock.now()) == .valid)
        let revoked = try await store.revokeKey(key.id)
        #expect(revoked?.revokedAt == fixture.clock.now())
        #expect(revoked?.state(at: fixture.clock.now()) == .revoked)
        fixture.clock.advance(by: .seconds(5))
        #expect(try await store.revokeKey(key.id) == revoked)  // as it was the first time
        #expect(try await store.revokeKey(9) == nil)
        let valid = try await store.reader.validKeys()
        #expect(valid.keys.isEmpty && valid.hasAny)
        try store.close()
    }

    @Test func thereIsABoundOnKeys() async throws {
        let store = try fixture.open()
        for number in 0..<Store.maximumKeys {
            _ = try await store.createKey(.init(name: "\(number)", scopes: []))
        }
        await #expect(throws: StoreRefusal.tooManyKeys) {
            _ = try await store.createKey(.init(name: "one more", scopes: []))
        }
        _ = try await store.revokeKey(1)
        _ = try await store.createKey(.init(name: "one more", scopes: []))
        try store.close()
    }

    @Test func theLastUseOnlyGoesForward() async throws {
        let store = try fixture.open()
        _ = try await store.createKey(.init(name: "a", scopes: []))
        for milliseconds in [5, 9, 7] {
            try await store.noteUse(ofKey: 1, at: Timestamp(milliseconds: Int64(milliseconds)))
        }
        let key = try await store.reader.keys(limit: 1).first
        #expect(key?.lastUsedAt == Timestamp(milliseconds: 9))
        try store.close()
    }

    @Test(
        arguments: [
            ("starling_1_secret", 1), ("starling_123456789012345678_x", 123_456_789_012_345_678),
            ("starling_1_", 1), ("starling_1234567890123456789_x", nil), ("starling__x", nil),
            ("starling_1", nil), ("starling_", nil), ("starling", nil), ("", nil), ("x", nil),
            ("starling_command_x", nil), ("starling_-1_x", nil), ("Starling_1_x", nil),
            ("starling-1_x", nil),
        ] as [(String, Int64?)])
    func findsTheIDInAKey(text: String, id: Int64?) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { KeyText.id(in: $0) } == id)
    }

    // MARK: - The audit log

    private func entry(_ number: Int, status: Int = 200) -> AuditEntry {
        AuditEntry(
            time: Timestamp(milliseconds: Int64(number)), caller: .key, keyID: 3, keyName: "ops",
            address: "192.0.2.1", method: "POST", route: "/v1/admin/retrain", target: "ease",
            status: status)
    }

    @Test func keepsEverythingOfAnEntry() async throws {
        let store = try fixture.open()
        var first = entry(1)
        first.omitted = 7
        let second = AuditEntry(
            time: Timestamp(milliseconds: 2), caller: .unknown, method: "GET", route: "/x",
            status: 401)
        try await store.appendAudit(first)
        try await store.appendAudit(second)
        var stored = try await store.reader.audit(limit: 10)
        #expect(stored.map(\.id) == [2, 1])
        #expect(try await store.reader.audit(before: 2, limit: 10) == [stored[1]])
        for index in stored.indices { stored[index].id = 0 }
        #expect(stored == [second, first])
        try store.close()
    }

    @Test func refusalsDoNotPushCallsOutOfTheLog() async throws {
        var options = fixture.options()
        options.auditedCalls = 20
        let store = try fixture.open(options)
        for number in 0..<5 { try await store.appendAudit(entry(number)) }
        for number in 5..<50 {
            try await store.appendAudit(entry(number, status: number % 2 == 0 ? 401 : 403))
        }
        let kept = try await store.reader.audit(limit: 1000).map(\.time.milliseconds)
        #expect(kept == [49, 48, 4, 3, 2, 1, 0])
        for number in 50..<75 { try await store.appendAudit(entry(number)) }
        let calls = try await store.reader.audit(limit: 1000).filter { !$0.isRefusal }
        #expect(calls.map(\.time.milliseconds) == (55..<75).reversed().map(Int64.init))
        try store.close()
    }

    @Test func aLargeLogIsBoundedToo() async throws {
        var options = fixture.options()
        options.auditedCalls = 700
        let store = try fixture.open(options)
        for number in 0..<1000 { try await store.appendAudit(entry(number)) }
        let count = try await store.reader.audit(limit: 2000).count
        #expect((700..<764).contains(count))
        try store.close()
    }
}
