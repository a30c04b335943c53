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
        let snapshot = directory.snapshot(at: .after(0))
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
        let snapshot = directory.snapshot(at: .after(0))
        for key in [0, 1, 2, 4, Int32.max] {
            #expect(snapshot.id(of: ItemKey(key)) == nil)
            #expect(!snapshot.isAvailable(ItemKey(key)))
        }
    }

    @Test func hidesADeletedItemUntilItComesBack() {
        directory.put([entry(0, "a")])
        directory.put([entry(0, "a", isAvailable: false, isDeleted: true)])
        #expect(directory.key(of: first) == nil)
        #expect(directory.snapshot(at: .after(0)).id(of: ItemKey(0)) == nil)
        #expect(directory.count == 0)
        directory.put([entry(0, "a")])
        #expect(directory.key(of: first) == ItemKey(0))
        #expect(directory.snapshot(at: .after(0)).isAvailable(ItemKey(0)))
    }

    @Test func leavesASnapshotAsItWas() {
        directory.put([entry(0, "a")])
        let before = directory.snapshot(at: .after(0))
        directory.put([entry(0, "a", isAvailable: false), entry(1, "b")])
        #expect(before.isAvailable(ItemKey(0)))
        #expect(before.id(of: ItemKey(1)) == nil)
    }

    /// Seconds at which a snapshot has the item, of those asked in their order.
    private func available(at seconds: [Int], _ key: Int32 = 0) -> [Int] {
        seconds.filter { directory.snapshot(at: .after($0)).isAvailable(ItemKey(key)) }
    }

    @Test func opensAndClosesAtItsTimes() {
        directory.put([
            .make(0, "both", from: 10, until: 20), .make(1, "from", from: 10),
            .make(2, "until", until: 20), .make(3, "off", isAvailable: false, from: 0, until: 99),
        ])
        let seconds = [0, 9, 10, 19, 20, 50]
        #expect(available(at: seconds) == [10, 19])
        directory.put([.make(0, "both", from: 60, until: 70)])
        #expect(available(at: [59, 60, 69, 70, 71]) == [60, 69])
    }

    @Test func followsAClockThatWasSetBack() {
        directory.put([.make(0, "both", from: 10, until: 20), .make(1, "until", until: 20)])
        #expect(available(at: [25]) == [])
        #expect(available(at: [25], 1) == [])
        #expect(available(at: [15]) == [15])
        #expect(available(at: [15, 5], 1) == [15, 5])
        #expect(available(at: [5, 9, 10, 19, 20]) == [10, 19])
        #expect(available(at: [20], 1) == [])
        // Two who looked at the clock one after the other.
        #expect(available(at: [20, 19, 20, 19]) == [])
        #expect(available(at: [18, 19, 18]) == [18, 19, 18])
        directory.put([.make(1, "until", until: 30)])
        #expect(available(at: [29, 30, 12], 1) == [29, 12])
    }

    @Test func looksAtEveryItemWhoseTimeHasComeInBetween() {
        directory.put((0..<3000).map { .make($0, "i\($0)", from: Int($0 * 7 % 3000)) })
        for second in [0, 1, 2, 1500, 2998, 2999] {
            let snapshot = directory.snapshot(at: .after(second))
            let count = (0..<3000).count { snapshot.isAvailable(ItemKey(Int32($0))) }
            #expect(count == second + 1)
        }
    }

    @Test func takesNewTimesInAtOnce() {
        directory.put([.make(0, "a", until: 20)])
        #expect(available(at: [5]) == [5])
        directory.put([.make(0, "a", until: 6)])
        #expect(available(at: [6, 7]) == [])
        directory.put([.make(0, "a", until: 20)])
        #expect(available(at: [8, 19, 20]) == [8, 19])
        directory.put([.make(0, "a")])
        #expect(available(at: [21]) == [21])
        directory.put([.make(0, "a", isAvailable: false, isDeleted: true, from: 22)])
        #expect(available(at: [23]) == [])
    }

    @Test func putsManyTimesWithoutGrowing() {
        for _ in 0..<1000 {
            directory.put([.make(0, "a", from: 10, until: 20)])
            #expect(available(at: [0]) == [])
        }
        #expect(available(at: [10, 20]) == [10])
    }

    @Test func namesTheNewestFirst() {
        directory.put(
            (0..<9000).map { .make($0, "i\($0)", createdAt: Int($0) % 4500) })
        let newest = directory.snapshot(at: .after(0)).newest(4) { $0 == ItemKey(4499) }
        #expect(newest == [8999, 4498, 8998, 4497].map(ItemKey.init))
    }

    private func entry(
        _ key: Int32, _ id: String, isAvailable: Bool = true, isDeleted: Bool = false
    ) -> ItemDirectoryEntry {
        .make(key, id, isAvailable: isAvailable, isDeleted: isDeleted)
    }
}
