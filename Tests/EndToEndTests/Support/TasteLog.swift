import Support

/// A made-up log whose truth is known: each user likes items of one taste only.
struct TasteLog {
    struct Like {
        var user: String
        var item: String

        /// One line of NDJSON.
        var line: String {
            #"{"id":"\#(user)-\#(item)","type":"like","user":"\#(user)","item":"\#(item)"}"#
        }
    }

    /// The items of the first taste are the popular ones.
    static let unequalShares = [4, 3, 2, 1]
    static let lastTaste = 3

    let likes: [Like]

    /// - Parameters:
    ///   - name: Before each user's id, so that two logs have different users.
    ///   - items: Of each taste.
    ///   - shares: How the users are spread over the tastes.
    init(
        _ name: String = "user", users: Int = 200, items: Int = 20, likesEach: Int = 8,
        shares: [Int] = unequalShares, seed: UInt64
    ) {
        var random = RandomSource(seed: seed)
        let tastes = shares.enumerated().flatMap {
            Array(repeating: $0.offset, count: $0.element)
        }
        likes = (0..<users).flatMap { user in
            (0..<items).shuffled(using: &random).prefix(likesEach).map { item in
                Like(
                    user: "\(name)-\(user)",
                    item: Self.item(item, ofTaste: tastes[user % tastes.count]))
            }
        }
    }

    static func item(_ number: Int, ofTaste taste: Int) -> String { "taste\(taste)-item\(number)" }

    static func isItem(_ id: String, ofTaste taste: Int) -> Bool { id.hasPrefix("taste\(taste)-") }

    var lines: [String] { likes.map(\.line) }

    /// What each user likes.
    var itemsByUser: [String: [String]] {
        Dictionary(grouping: likes, by: \.user).mapValues { $0.map(\.item) }
    }
}
