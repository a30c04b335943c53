import Store
import Support
import Testing

@testable import Serving

@Suite struct ItemDirectoryTests {
    private let directory = ItemDirectory()
    private let first = ItemID(stored: "a")
    private let second = ItemID(stored: "b")

    @Test func knowsWhatWasPut() {
        directory.put([entry(0, "a"), entry(3, "b", isAvailable: false)])
        let snapshot = directory.snapshot()
        #expect(directory.count == 2)
        #expect(
            directory.keys(of: [second, ItemID(stored: "c"), first]) == [
                ItemKey(3), nil, ItemKey(0),
            ])
        #expect(snapshot.id(of: ItemKey(3)) == second)
        #expect(snapshot.isAvailable(ItemKey(0)))
        #expect(!snapshot.isAvailable(ItemKey(3)))
    }

    @Test func knowsNothingOfKeysInBetweenAndBeyond() {
        directory.put([entry(3, "a")])
        let snapshot = directory.snapshot()
        for key in [0, 1, 2, 4, Int32.max] {
            #expect(snapshot.id(of: ItemKey(key)) == nil)
            #expect(!snapshot.isAvailable(ItemKey(key)))
        }
    }

    @Test func hidesADeletedItemUntilItComesBack() {
        directory.put([entry(0, "a")])
        directory.put([entry(0, "a", isAvailable: false, isDeleted: true)])
        #expect(directory.key(of: first) == nil)
        #expect(directory.snapshot().id(of: ItemKey(0)) == nil)
        #expect(directory.count == 0)
        directory.put([entry(0, "a")])
        #expect(directory.key(of: first) == ItemKey(0))
        #expect(directory.snapshot().isAvailable(ItemKey(0)))
    }

    @Test func leavesASnapshotAsItWas() {
        directory.put([entry(0, "a")])
        let before = directory.snapshot()
        directory.put([entry(0, "a", isAvailable: false), entry(1, "b")])
        #expect(before.isAvailable(ItemKey(0)))
        #expect(before.id(of: ItemKey(1)) == nil)
    }

    private func entry(
        _ key: Int32, _ id: String, isAvailable: Bool = true, isDeleted: Bool = false
    ) -> ItemDirectoryEntry {
        .make(key, id, isAvailable: isAvailable, isDeleted: isDeleted)
    }
}
