import Events
import Store
import Support

/// The event log up to a watermark as the trainer holds it: every user's history, oldest first,
/// on a numbering of its own of the items that the catalogue still has and somebody liked.
package struct TrainingLog: Sendable {
    package struct User: Sendable {
        package var key: UserKey
        /// The user's place in [0, 1), by a salted hash of his id: decides who is held out.
        package var place: Double
        /// Ordered by (time, sequence).
        package var interactions: [Interaction<ItemIndex>]
    }

    /// Rows of the log that are read in one transaction: a longer one would keep the write-ahead
    /// log from being truncated.
    private static let rangeLimit = 20_000

    /// In the order of their keys, so that the same log gives the same data set.
    package private(set) var users: [User]
    /// The id of each row.
    package private(set) var items: [ItemID]
    package private(set) var watermark: EventSequence

    package init(users: [User], items: [ItemID], watermark: EventSequence) {
        self.users = users
        self.items = items
        self.watermark = watermark
    }

    /// Reads the log in ranges, up to what is its end now.
    package init(reading reader: StoreReader) throws {
        watermark = try reader.lastSequence()
        var events: [LoggedEvent] = []
        var position = EventSequence.zero
        while position < watermark {
            let range = try reader.logRange(
                after: position, through: watermark, limit: Self.rangeLimit)
            guard let last = range.last else { break }
            position = last.sequence
            events += range
        }
        let rows = ItemRows(liked: events, directory: try reader.itemDirectory())
        items = rows.ids
        let users = try reader.userDirectory()
        let places = Dictionary(
            uniqueKeysWithValues: users.map { ($0.key, Double($0.cohortHash) * 0x1p-64) })
        self.users = Self.users(of: events, rows: rows, places: places)
    }

    private static func users(
        of events: [LoggedEvent], rows: ItemRows, places: [UserKey: Double]
    ) -> [User] {
        // Sequences grow through the array, so a stable order by (user, time) is what is needed.
        let order = events.indices.sorted { left, right in
            let (a, b) = (events[left], events[right])
            return (a.user, a.interaction.time, left) < (b.user, b.interaction.time, right)
        }
        var users: [User] = []
        for index in order {
            let event = events[index]
            guard let row = rows[event.interaction.item], let place = places[event.user] else {
                continue
            }
            if users.last?.key != event.user {
                users.append(User(key: event.user, place: place, interactions: []))
            }
            users[users.count - 1].interactions.append(event.interaction.withItem(row))
        }
        return users
    }
}

/// The rows of the items that are trained on.
private struct ItemRows {
    let ids: [ItemID]
    private let rows: [ItemKey: ItemIndex]

    init(liked events: [LoggedEvent], directory: [ItemDirectoryEntry]) {
        let names = Dictionary(
            uniqueKeysWithValues: directory.lazy.filter { !$0.isDeleted }.map { ($0.key, $0.id) })
        let keys = Set(events.lazy.filter { $0.interaction.strength > 0 }.map(\.interaction.item))
            .filter { names[$0] != nil }.sorted()
        ids = keys.compactMap { names[$0] }
        rows = Dictionary(
            uniqueKeysWithValues: keys.enumerated().map { ($1, ItemIndex($0)) })
    }

    subscript(key: ItemKey) -> ItemIndex? { rows[key] }
}
