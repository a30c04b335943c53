import Foundation
import HTTP
import Importing
import Support

/// One user's history and recommendations side by side, with titles.
struct DemoTable {
    private struct Answer: Decodable {
        struct Item: Decodable {
            var item: String
            var score: Double
        }

        struct Model: Decodable {
            var name: String
            var version: Int
        }

        var items: [Item]
        var policy: String
        var model: Model?
    }

    private static let columnWidth = 46

    let client: ServiceClient
    let log: DemoLog
    let rows: Int

    func show(_ user: UserID) async throws {
        let answer = try await client.get(
            Answer.self,
            "/v1/users/\(PercentEncoding.encode(user.rawValue))/recommendations?k=\(rows)")
        let model = answer.model.map { "\($0.name) version \($0.version)" } ?? answer.policy
        let titles = Dictionary(uniqueKeysWithValues: log.items.map { ($0.id.rawValue, $0) })
        let history = lastLikes(of: user)
        print("\n" + column("What \(user) liked, latest first") + "What \(model) recommends")
        print(String(repeating: "─", count: 2 * Self.columnWidth))
        for row in 0..<max(history.count, answer.items.count) {
            let left = row < history.count ? describe(titles[history[row]]) : ""
            let right = row < answer.items.count ? describe(titles[answer.items[row].item]) : ""
            print(column(left) + right)
        }
    }

    private func lastLikes(of user: UserID) -> [String] {
        let strong = ["like", "purchase"]
        let events = log.events.filter { $0.user == user && strong.contains($0.type) }
            .sorted { ($0.time?.milliseconds ?? 0) > ($1.time?.milliseconds ?? 0) }
        var seen: Set<String> = []
        return events.map(\.item.rawValue).filter { seen.insert($0).inserted }.prefix(rows)
            .map(\.self)
    }

    private func describe(_ item: ImportedItem?) -> String {
        guard let item else { return "?" }
        return "\(item.title ?? item.id.rawValue) [\(item.categories.joined(separator: ", "))]"
    }

    private func column(_ text: String) -> String {
        let cut =
            text.count > Self.columnWidth - 2 ? text.prefix(Self.columnWidth - 3) + "…" : text[...]
        return String(cut) + String(repeating: " ", count: Self.columnWidth - cut.count)
    }
}
