import Foundation
import Support

/// An item of the made-up shop, with what drives its demand.
struct DemoItem {
    let number: Int
    let title: String
    /// Rows of `DemoVocabulary.tastes`, the main one first.
    let tastes: [Int]
    /// How much it is in demand among the items of its taste.
    let appeal: Double
    /// Days from the start of the log; negative for what was there before.
    let releaseDay: Double
    /// What users often look at next.
    let successor: Int?
    let price: Double

    /// How much more a new item is in demand, and for how long.
    private static let noveltyBoost = 4.0
    private static let noveltyDays = 6.0

    /// Items take turns through the tastes; a line of successors stays within one taste.
    static func catalogue(count: Int, days: Int, random: inout RandomSource) -> [DemoItem] {
        let tasteCount = DemoVocabulary.tastes.count
        let titles = DemoVocabulary.tastes.map { $0.titles(count: count, random: &random) }
        let popularityRanks = (0..<count).shuffled(using: &random)
        return (0..<count).map { number in
            let taste = number % tasteCount
            let hasSecondTaste = random.uniform() < 0.15
            let secondTaste = taste + 1 + Int(random.uniform() * Double(tasteCount - 1))
            // No taste starts with an empty shelf.
            let isOld = random.uniform() < 0.6 || number < tasteCount
            return DemoItem(
                number: number, title: titles[taste][number / tasteCount],
                tastes: hasSecondTaste ? [taste, secondTaste % tasteCount] : [taste],
                // Zipf's law
                appeal: pow(Double(popularityRanks[number] + 1), -0.9),
                releaseDay: isOld
                    ? -365 * random.uniform() : Double(days) * random.uniform(),
                successor: number + tasteCount < count ? number + tasteCount : nil,
                price: (5 + 95 * random.uniform() * random.uniform()).rounded() - 0.05)
        }
    }

    var id: ItemID { ItemID(stored: "item-\(DemoVocabulary.padded(number + 1))") }

    /// The demand at a moment, in days from the start; 0 before the release.
    func demand(at day: Double) -> Double {
        guard releaseDay <= day else { return 0 }
        return appeal * (1 + Self.noveltyBoost * exp((releaseDay - day) / Self.noveltyDays))
    }

    func imported(start: Timestamp) throws -> ImportedItem {
        ImportedItem(
            id: id, title: title, categories: tastes.map { DemoVocabulary.tastes[$0].name },
            attributes: try JSONValue.text(of: ["price": .number(price)]),
            createdAt: start + .seconds(Int(releaseDay * Double(DemoTime.secondsPerDay))))
    }
}
