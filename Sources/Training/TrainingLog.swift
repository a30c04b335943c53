import Evaluation
import Events
import Store
import Support
import TrainerPipe

/// The event log up to a watermark as the trainer holds it: every user's history, oldest first,
/// on a numbering of its own of the items that the catalogue still has and somebody liked.
package struct TrainingLog: Sendable {
    package struct User: Sendable {
        package var key: UserKey
        /// The user's place in [0, 1), by a salted hash of his id: decides who is held out.
        package var place: Double
        /// As answers read them, ordered by (time, sequence).
        package var interactions: [Interaction<ItemIndex>]
        /// What the preprocessing left of them to train on.
        package var trained: [Interaction<ItemIndex>]
        /// False for a user who is no person: he neither trains nor is measured on.
        package var isPerson: Bool
        package var attributes = UserAttributes.none

        /// - Parameter trained: Nil where the preprocessing left them as they are.
        package init(
            key: UserKey, place: Double, interactions: [Interaction<ItemIndex>],
            trained: [Interaction<ItemIndex>]? = nil, isPerson: Bool = true
        ) {
            self.key = key
            self.place = place
            self.interactions = interactions
            self.trained = trained ?? interactions
            self.isPerson = isPerson
        }
    }

    /// Rows of the log that are read in one transaction: a longer one would keep the write-ahead
    /// log from being truncated.
    private static let rangeLimit = 20_000

    /// In the order of their keys, so that the same log gives the same data set.
    package private(set) var users: [User]
    /// Users with any event at all: what the gate's share is reckoned by, so that it only sinks,
    /// whatever the preprocessing leaves out.
    package private(set) var userCount: Int
    /// The id of each row.
    package private(set) var items: [ItemID]
    /// For families that read contents; nil where none was asked for.
    package private(set) var catalogue: TrainingCatalogue?
    package private(set) var watermark: EventSequence
    package private(set) var preprocessing: PreprocessingReport
    /// Events from then on are not trained on and nothing is known of them; nil where all are.
    package private(set) var end: Timestamp?

    package init(users: [User], items: [ItemID], watermark: EventSequence) {
        self.users = users
        userCount = users.count
        self.items = items
        self.watermark = watermark
        preprocessing = PreprocessingReport(log: .init(), steps: [], kept: .init())
    }

    /// Reads the log in ranges, up to what is its end now, and preprocesses it.
    ///
    /// - Parameters:
    ///   - readsContent: Whether what the application says of items and users is read too.
    ///   - cut: Where what is trained on ends; nil for all of it.
    package init(
        reading reader: StoreReader, preprocessing settings: PreprocessingSettings = .init(),
        readsContent: Bool = false, until cut: TemporalSplit.Cut? = nil
    ) throws {
        watermark = try reader.lastSequence()
        let events = try Self.events(through: watermark, from: reader)
        end = cut.flatMap { $0.start(in: events.map(\.interaction.time).sorted()) }
        var log = PreprocessedLog(events, before: end)
        let names = Dictionary(
            uniqueKeysWithValues: try reader.itemDirectory().lazy.filter { !$0.isDeleted }
                .map { ($0.key, $0.id) })
        preprocessing = Preprocessing(settings: settings).run(on: &log, catalogue: names)
        let later = end.map { log.likedItems(from: $0) } ?? []
        let rows = ItemRows(liked: log.likedItems().union(later), names: names)
        items = rows.ids
        let directory = try reader.userDirectory()
        let places = Dictionary(
            uniqueKeysWithValues: directory.map { ($0.key, Double($0.cohortHash) * 0x1p-64) })
        userCount = log.users.count
        users = Self.users(of: log, rows: rows, places: places)
        if readsContent {
            catalogue = try TrainingCatalogue(reading: reader, rows: rows)
            try readAttributes(from: reader)
        }
    }

    /// What was folded comes as the last event of each kind. The service folds nothing meanwhile.
    private static func events(
        through watermark: EventSequence, from reader: StoreReader
    ) throws -> [LoggedEvent] {
        var events: [LoggedEvent] = []
        var position = EventSequence.zero
        while position < watermark {
            let range = try reader.logRange(after: position, through: watermark, limit: rangeLimit)
            guard let last = range.last else { break }
            position = last.sequence
            events += range
        }
        var place: FoldedPlace?
        while true {
            let range = try reader.foldedEvents(after: place, limit: rangeLimit)
            events += range.map(\.event)
            guard let last = range.last else { return events }
            place = last.place
        }
    }

    private static func users(
        of log: PreprocessedLog, rows: ItemRows, places: [UserKey: Double]
    ) -> [User] {
        log.users.compactMap { range in
            let key = log.events[range.lowerBound].user
            guard let place = places[key] else { return nil }
            var all: [Interaction<ItemIndex>] = []
            var trained: [Interaction<ItemIndex>] = []
            for index in range {
                let interaction = log.events[index].interaction
                guard let row = rows[interaction.item] else { continue }
                all.append(interaction.withItem(row))
                guard log.isKept[index] else { continue }
                trained.append(interaction.withItem(row))
                if !log.weights.isEmpty {
                    trained[trained.count - 1].strength *= log.weights[index]
                }
            }
            guard !all.isEmpty else { return nil }
            let isChanged = trained.count < all.count || !log.weights.isEmpty
            return User(
                key: key, place: place, interactions: all, trained: isChanged ? trained : nil,
                isPerson: !log.bots.contains(key))
        }
    }

    private mutating func readAttributes(from reader: StoreReader) throws {
        let rows = Dictionary(
            uniqueKeysWithValues: users.enumerated().map { ($1.key, $0) })
        var last: UserKey?
        while true {
            let range = try reader.userAttributes(after: last, limit: Self.rangeLimit)
            for entry in range {
                if let row = rows[entry.user] { users[row].attributes = entry.attributes }
            }
            guard let end = range.last else { break }
            last = end.user
        }
    }
}

/// The rows of the items that are trained on.
struct ItemRows {
    let ids: [ItemID]
    private let rows: [ItemKey: ItemIndex]

    /// - Parameter names: Of the items that are not deleted.
    init(liked: Set<ItemKey>, names: [ItemKey: ItemID]) {
        let keys = liked.filter { names[$0] != nil }.sorted()
        ids = keys.compactMap { names[$0] }
        rows = Dictionary(
            uniqueKeysWithValues: keys.enumerated().map { ($1, ItemIndex($0)) })
    }

    subscript(key: ItemKey) -> ItemIndex? { rows[key] }
}
