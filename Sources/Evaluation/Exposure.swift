import Foundation
import Support

/// What the lists of all users show together: the measures beyond accuracy.
package struct Exposure: Sendable {
    /// How often each item is shown, `[itemCount]`.
    package let counts: [Int]
    private let lists: [ArraySlice<ItemIndex>]

    /// - Parameters:
    ///   - lists: One list for each user, best first.
    ///   - k: How many places of each list count.
    package init(lists: [[ItemIndex]], at k: Int, itemCount: Int) {
        self.lists = lists.map { $0.prefix(k) }
        var counts = [Int](repeating: 0, count: itemCount)
        for list in self.lists {
            for item in list { counts[item.row] += 1 }
        }
        self.counts = counts
    }

    /// The share of the catalogue that anybody is shown.
    package var coverage: Double {
        counts.isEmpty ? 0 : Double(counts.count { $0 > 0 }) / Double(counts.count)
    }

    /// The Gini coefficient of exposure: 0 if all items are shown equally often, near 1 if one
    /// item takes all places.
    ///
    ///     Σ (2 i − n − 1) cᵢ  ÷  n Σ cᵢ    with cᵢ ascending, i from 1
    package var gini: Double {
        let total = counts.reduce(0, +)
        guard total > 0 else { return 0 }
        let weighted = counts.sorted().enumerated()
            .reduce(0) { $0 + (2 * $1.offset + 1 - counts.count) * $1.element }
        return Double(weighted) / (Double(counts.count) * Double(total))
    }

    /// The mean of log₂(users / users of the item) over all places: how far from the well-known.
    ///
    /// Reference: Zhou et al., PNAS 107(10), 2010, doi:10.1073/pnas.1000488107 (surprisal).
    /// Differs: an item that nobody has used counts as used by one.
    ///
    /// - Parameter usersOfItem: How many training users each item has, `[itemCount]`.
    package func novelty(usersOfItem: [Int], users: Int) -> Double {
        mean(over: counts.indices) { log2(Double(max(1, users)) / Double(max(1, usersOfItem[$0]))) }
    }

    /// The mean number of training users of the items shown, over all places.
    package func meanPopularity(usersOfItem: [Int]) -> Double {
        mean(over: counts.indices) { Double(usersOfItem[$0]) }
    }

    /// One less the mean Jaccard similarity of categories, over all pairs in each list, and over
    /// the lists with at least two items. Items without categories are unlike all others.
    ///
    /// Reference: Ziegler et al., WWW 2005, doi:10.1145/1060745.1060754 (intra-list similarity).
    ///
    /// - Parameter categories: The numbers of each item's categories, ascending, `[itemCount]`.
    package func diversity(categories: [[Int]]) -> Double {
        let similarities = lists.filter { $0.count > 1 }.map { list in
            var sum = 0.0
            for (place, item) in list.enumerated() {
                for other in list.dropFirst(place + 1) {
                    sum += Self.jaccard(categories[item.row], categories[other.row])
                }
            }
            return sum / Double(list.count * (list.count - 1) / 2)
        }
        guard !similarities.isEmpty else { return 0 }
        return 1 - similarities.reduce(0, +) / Double(similarities.count)
    }

    /// The value of a metric of all lists together; nil for the diversity of items without any
    /// category.
    ///
    /// - Precondition: There is a catalogue where the metric needs one.
    func value(of kind: MetricKey.Kind, catalogue: CatalogueProfile?) -> Double? {
        switch (kind, catalogue) {
        case (.coverage, _): coverage
        case (.gini, _): gini
        case (.popularity, let catalogue?): meanPopularity(usersOfItem: catalogue.usersOfItem)
        case (.novelty, let catalogue?):
            novelty(usersOfItem: catalogue.usersOfItem, users: catalogue.userCount)
        case (.diversity, let catalogue?):
            catalogue.categories.isEmpty ? nil : diversity(categories: catalogue.categories)
        default: preconditionFailure("no \(kind) of lists without what is known of the items")
        }
    }

    private func mean(over items: Range<Int>, of value: (Int) -> Double) -> Double {
        let places = counts.reduce(0, +)
        guard places > 0 else { return 0 }
        return items.reduce(0) { $0 + Double(counts[$1]) * value($1) } / Double(places)
    }

    /// Of two ascending lists.
    private static func jaccard(_ a: [Int], _ b: [Int]) -> Double {
        var (i, j, shared) = (0, 0, 0)
        while i < a.count, j < b.count {
            if a[i] == b[j] { shared += 1 }
            let (left, right) = (a[i], b[j])
            if left <= right { i += 1 }
            if right <= left { j += 1 }
        }
        let union = a.count + b.count - shared
        return union == 0 ? 0 : Double(shared) / Double(union)
    }
}
