import Events
import Support
import Testing

@testable import Evaluation

@Suite struct CatalogueProfileTests {
    private func event(_ item: Int, strength: Float = 1) -> Interaction<ItemIndex> {
        Interaction(
            item: ItemIndex(item), strength: strength, time: Timestamp(milliseconds: 0))
    }

    @Test func countsUsersOnceAndOnlyWhatIsPositive() {
        let profile = CatalogueProfile(
            histories: [
                [event(0), event(0), event(1)], [event(0), event(2, strength: -1)], [],
            ], contents: [], itemCount: 3)
        #expect(profile.usersOfItem == [2, 1, 0])
        #expect(profile.userCount == 3)
        #expect(profile.categories.isEmpty)
    }

    @Test func numbersCategoriesInOrderAndOnceForEachItem() {
        let contents = [["b", "a"], [], ["a", "a"]].map { ItemContent(categories: $0) }
        let profile = CatalogueProfile(histories: [], contents: contents, itemCount: 3)
        #expect(profile.categories == [[0, 1], [], [0]])
        let bare = CatalogueProfile(
            histories: [], contents: [ItemContent(title: "x")], itemCount: 1)
        #expect(bare.categories.isEmpty)
    }

    /// 20 uses: the 8 and the first 3 begin before half of them are counted, the second 3 and the
    /// 4 … sorted: 8, 4, 3, 3, 2, 0, so the sums before each are 0, 8, 12, 15, 18.
    @Test func classesEndWhereTheirShareOfUsesEnds() {
        #expect(
            ItemPopularity.classes(usersOfItem: [3, 8, 2, 4, 0, 3])
                == [.middle, .head, .tail, .head, .tail, .middle])
    }

    @Test func anUnusedItemIsInTheTail() {
        #expect(ItemPopularity.classes(usersOfItem: [0, 0]) == [.tail, .tail])
        #expect(ItemPopularity.classes(usersOfItem: [0, 1]) == [.tail, .head])
        #expect(ItemPopularity.classes(usersOfItem: []).isEmpty)
    }
}
