import Foundation
import Support

/// A customer of the made-up shop.
struct DemoUser {
    let number: Int
    /// Rows of `DemoVocabulary.tastes`, the strongest first; one to three.
    let tastes: [Int]
    /// From this day on the strongest taste is another one; nil for most.
    let change: (day: Double, taste: Int)?
    let activity: Double
    /// Days from the start of the log; 0 for customers from before.
    let joinDay: Double
    let device: String
    let ageGroup: String

    /// How often a session follows the first, the second and the third taste.
    private static let tasteWeights = [0.6, 0.3, 0.15]

    static func population(count: Int, days: Int, random: inout RandomSource) -> [DemoUser] {
        (0..<count).map { number in
            var all = Array(DemoVocabulary.tastes.indices)
            all.shuffle(using: &random)
            let tasteCount = 1 + Int(random.uniform() * 3)
            return DemoUser(
                number: number, tastes: Array(all.prefix(tasteCount)),
                change: random.uniform() < 0.25
                    ? (Double(days) * (0.3 + 0.5 * random.uniform()), all[tasteCount]) : nil,
                activity: exp(0.9 * random.normal()),
                joinDay: random.uniform() < 0.5 ? 0 : 0.9 * Double(days) * random.uniform(),
                device: DemoVocabulary.devices.randomElement(using: &random) ?? "",
                ageGroup: DemoVocabulary.ageGroups.randomElement(using: &random) ?? "")
        }
    }

    var id: UserID { UserID(stored: "user-\(DemoVocabulary.padded(number + 1))") }

    /// The tastes of a day, the strongest first, with how much each draws.
    func tasteWeights(at day: Double) -> [(taste: Int, weight: Double)] {
        var tastes = tastes
        if let change, change.day <= day { tastes[0] = change.taste }
        return zip(tastes, Self.tasteWeights).map { ($0, $1) }
    }

    func imported() throws -> ImportedUser {
        ImportedUser(
            id: id,
            attributes: try JSONValue.text(of: [
                "ageGroup": .string(ageGroup), "device": .string(device),
            ]))
    }
}
