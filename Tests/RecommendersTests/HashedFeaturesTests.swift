import Events
import Support
import Testing

@testable import Recommenders

@Suite struct HashedFeaturesTests {
    /// So many that different features have different rows.
    private let count = 1 << 30

    private func buckets(_ content: ItemContent) -> Set<Int32> {
        Set(HashedFeatures.buckets(of: content, count: count))
    }

    @Test func aFeatureHasTheSameRowEverywhere() {
        let both = buckets(ItemContent(categories: ["Comedy", "Drama"], title: "Heat"))
        #expect(both.count == 3)
        #expect(buckets(ItemContent(categories: ["Drama"])).isSubset(of: both))
        #expect(buckets(ItemContent(title: "heat, HEAT!")).isSubset(of: both))
        #expect(buckets(ItemContent(title: "Drama")).isDisjoint(with: both))
        #expect(buckets(.none).isEmpty)
    }

    /// FNV-1a of "c:a", computed apart from this program.
    @Test func rowsStayTheSameFromVersionToVersion() {
        #expect(
            HashedFeatures.buckets(of: ItemContent(categories: ["a"]), count: 1_000_000_007)
                == [Int32(Self.categoryA % 1_000_000_007)])
    }

    private static let categoryA: UInt64 = 0xf69712190d7d8a5b

    @Test func likeNumbersHaveSomethingInCommon() {
        func year(_ value: JSONValue) -> Set<Int32> {
            buckets(ItemContent(attributes: ["year": value]))
        }
        #expect(year(.integer(1994)).count == 2)
        #expect(year(.integer(1994)).intersection(year(.integer(1995))).count == 1)
        #expect(year(.integer(1994)).isDisjoint(with: year(.integer(2004))))
        #expect(year(.integer(-1994)).isDisjoint(with: year(.integer(1994))))
        #expect(year(.number(.infinity)).count == 2)
        #expect(year(.integer(0)).count == 2)
    }

    @Test func valuesOfAnyKindAreRead() {
        let content = ItemContent(attributes: [
            "new": .bool(true), "colour": .array([.string("Red"), .string("blue")]),
            "size": .object(["width": .string("wide")]), "nothing": .null,
        ])
        #expect(buckets(content).count == 4)
        let red = ItemContent(attributes: ["colour": .string("red")])
        #expect(buckets(red).isSubset(of: buckets(content)))
        let user = UserAttributes(["colour": .string("red")])
        #expect(Set(HashedFeatures.buckets(of: user, count: count)) == buckets(red))
    }

    @Test func rowsAreWithinTheTable() {
        let content = ItemContent(title: (0..<100).map { "word\($0)" }.joined(separator: " "))
        let rows = HashedFeatures.buckets(of: content, count: 7)
        #expect(rows == (0..<7).map { Int32($0) })
    }

    @Test func rareFeaturesAreLeftOut() {
        #expect(
            HashedFeatures.droppingRare([[1, 2], [2], [2, 3], []], below: 2)
                == [[2], [2], [2], []])
    }
}
