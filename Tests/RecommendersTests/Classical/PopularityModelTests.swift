import Events
import Support
import Testing

@testable import Recommenders

/// Of `popularity` and `recent`, which know no user.
@Suite struct PopularityModelTests {
    private static let end = Timestamp(milliseconds: 1_700_000_000_000)

    private static func event(
        _ item: Int, daysAgo: Int, strength: Float = 1
    )
        -> Interaction<ItemIndex>
    {
        Interaction(
            item: ItemIndex(item), strength: strength, time: end + .seconds(-daysAgo * 86_400))
    }

    /// The first user came back to item 0; the second disliked item 2 and left item 3 alone.
    private static let data = TrainingSet(
        itemCount: 4,
        histories: [
            [event(0, daysAgo: 90), event(1, daysAgo: 60), event(0, daysAgo: 30)],
            [event(2, daysAgo: 40, strength: -1), event(0, daysAgo: 0)],
        ])

    @Test func countsAUserOnceForAnItem() throws {
        let model = try PopularityModel.family.solved(on: Self.data)
        #expect(model.rounded([]) == [2, 1, 0, 0])
    }

    @Test func countsAUserHalfForEachHalfLifeSinceHisLastTime() throws {
        let model = try PopularityModel.family.solved(
            on: Self.data, settings: ["halfLifeDays": 30])
        #expect(model.rounded([]) == [1.5, 0.25, 0, 0])
        #expect(model.settings == ["halfLifeDays": 30])
    }

    /// Item 0 is first seen 90 days ago, 1 60, 2 40; nobody has met 3.
    @Test func ranksByTheFirstEventOfAnItem() throws {
        let model = try RecentModel.family.solved(on: Self.data)
        #expect(model.rounded([]) == [-50, -20, 0, -51])
    }

    @Test func hasNothingRecentWithoutEvents() throws {
        let model = try RecentModel.family.solved(on: TrainingSet(itemCount: 2, histories: []))
        #expect(model.rounded([]) == [0, 0])
    }
}
