import Events
import Support
import Testing

@testable import Store

/// A dry run in parts, against the same upload stored.
struct DryRunTests {
    private let store: Store
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    /// Verdicts without numbers: those of a dry run are none.
    private func names(_ verdicts: [EventVerdict]) -> [String] {
        verdicts.map { verdict in
            switch verdict {
            case .accepted: "accepted"
            case .duplicate: "duplicate"
            case .conflict: "conflict"
            case .invalid(let violation): violation.reason
            }
        }
    }

    private func verdicts(_ parts: [[Event]], dry: Bool) async throws -> [String] {
        var dryRun = DryRun()
        var verdicts: [EventVerdict] = []
        for part in parts {
            let outcome =
                try await dry ? dryRun.judge(part, by: store) : store.append(part)
            verdicts += outcome.verdicts
        }
        return names(verdicts)
    }

    @Test func judgesAsIfTheEarlierPartsWereStored() async throws {
        _ = try await store.append([event("old")])
        var random = RandomSource(seed: 3)
        let parts = (0..<20).map { _ in
            (0..<30).map { _ in
                event(
                    Bool.random(using: &random)
                        ? "e\(Int.random(in: 0..<200, using: &random))" : nil,
                    item: "i\(Int.random(in: 0..<2, using: &random))")
            } + [event("old"), event("old", item: "other")]
        }
        let judged = try await verdicts(parts, dry: true)
        #expect(try await store.reader.lastSequence() == EventSequence(1))
        #expect(try await verdicts(parts, dry: false) == judged)
        for name in ["accepted", "duplicate", "conflict"] { #expect(judged.contains(name)) }
        try store.close()
    }

    /// What a rejected event would have brought along isn't there for later parts.
    @Test func countsTypesOverItsParts() async throws {
        let types = (0..<EventRules.maximumTypes + 100).map { event("e\($0)", "type\($0)") }
        let parts =
            stride(from: 0, to: types.count, by: 300).map {
                Array(types[$0..<min($0 + 300, types.count)])
            } + [[event("e3", "type3"), event("e1005", "type1"), event(nil, "new")]]
        let judged = try await verdicts(parts, dry: true)
        #expect(judged.suffix(3) == ["duplicate", "accepted", EventRules.tooManyTypes.reason])
        #expect(judged.count { $0 == "accepted" } == EventRules.maximumTypes + 1)
        #expect(try await verdicts(parts, dry: false) == judged)
        try store.close()
    }

    @Test func saysWhereItRemembersNoMore() async throws {
        var dryRun = DryRun(maximumIDs: 20)
        for part in 0..<2 {
            _ = try await dryRun.judge((0..<12).map { event("e\(part)-\($0)") }, by: store)
        }
        #expect(dryRun.byteCount > 0)
        _ = try await dryRun.judge([event()], by: store)
        await #expect(throws: StoreRefusal.longDryRun(maximumIDs: 20)) {
            _ = try await dryRun.judge([event(), event("one more")], by: store)
        }
        try store.close()
    }
}
