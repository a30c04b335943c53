import Events
import Recommenders
import Store
import Support

/// What the catalogue says of items, for the families that read it: first the rows of the log, then
/// the items with content that nobody liked yet, so that both numberings begin alike.
package struct TrainingCatalogue: Sendable {
    /// Items that are read in one transaction; each may bring a long embedding.
    private static let rangeLimit = 1000

    /// The id of each row.
    package private(set) var items: [ItemID]
    /// `[items]`
    package private(set) var contents: [ItemContent]

    package init(items: [ItemID], contents: [ItemContent]) {
        precondition(
            items.count == contents.count, "\(contents.count) contents of \(items.count) items")
        self.items = items
        self.contents = contents
    }

    init(reading reader: StoreReader, rows: ItemRows) throws {
        items = rows.ids
        contents = Array(repeating: .none, count: items.count)
        var last: ItemKey?
        while true {
            let range = try reader.itemContents(after: last, limit: Self.rangeLimit)
            for entry in range {
                if let row = rows[entry.key] {
                    contents[row.row] = entry.content
                } else if !entry.content.isEmpty {
                    items.append(entry.id)
                    contents.append(entry.content)
                }
            }
            guard let end = range.last else { break }
            last = end.key
        }
    }
}

/// Items and training users as one family reads them.
struct FamilyData {
    let items: [ItemID]
    let training: TrainingSet

    init(readsContent: Bool, log: TrainingLog, training: TrainingSet) {
        guard readsContent, let catalogue = log.catalogue else {
            items = log.items
            self.training = training
            return
        }
        items = catalogue.items
        self.training = TrainingSet(
            itemCount: items.count, histories: training.histories,
            itemContents: catalogue.contents, userAttributes: training.userAttributes)
    }

    /// What the catalogue says of each item; empty where the family doesn't read it.
    var contents: [ItemContent] { training.itemContents }
}
