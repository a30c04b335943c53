import Evaluation
import Events
import Importing
import Support

extension MovieLensFolder {
    /// The ratings, all of them positive, with what the folder says of films and people.
    ///
    /// - Parameter minimumOfItem: Items with fewer ratings are dropped.
    /// - Throws: `ImportError`.
    func dataset(minimumOfItem: Int = 1) throws -> RatingsDataset {
        let contents = try items().compactMap { item in
            try Int(item.id.rawValue).map { ($0, try ItemContent(item)) }
        }
        let attributes = try users().compactMap { user in
            try Int(user.id.rawValue).map { ($0, try UserAttributes(user)) }
        }
        return RatingsDataset(
            ratings: try ratings(), minimumOfItem: minimumOfItem,
            contents: Dictionary(contents) { first, _ in first },
            attributes: Dictionary(attributes) { first, _ in first })
    }
}

extension ItemContent {
    fileprivate init(_ item: ImportedItem) throws {
        self.init(
            categories: item.categories, title: item.title,
            attributes: try item.attributes.map(JSONValue.object) ?? [:])
    }
}

extension UserAttributes {
    fileprivate init(_ user: ImportedUser) throws {
        self.init(try user.attributes.map(JSONValue.object) ?? [:])
    }
}
