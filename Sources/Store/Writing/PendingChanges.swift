import Support

/// What a transaction has still to write down or to make known: sums that are cheaper once a
/// group than once an event, and the events that the observers hear of after the commit.
struct PendingChanges {
    var eventCount = 0
    var foldedCount = 0
    var userCount = 0
    var itemCount = 0
    var newestEventTime: Timestamp?
    var recommendationCount = 0
    /// Of the answers that wait.
    var writtenAnswers = 0
    /// Of these, whose number another one has.
    var collidedAnswers = 0
    var links: [LinkSum: Int] = [:]
    var popularity: [ItemKey: DecayedCount] = [:]
    /// Items that are new, changed or deleted, as they are now.
    var items: [ItemDirectoryEntry] = []
    /// What the items that were put say of themselves; those that say nothing are left out.
    var contents: [StoredContent] = []
    /// Users whose attributes were put or changed.
    var users: [UserID] = []
    var appended: [StoredEvent] = []
    var erased: [StoreErasure] = []
    /// MiB that aren't events: the WAL is to be moved at once.
    var isBulk = false
    /// A person was erased: the write-ahead log holds what was.
    var leavesTraces = false

    mutating func add(_ event: StoredEvent, halfLife: HalfLife) {
        eventCount += 1
        appended.append(event)
        let interaction = event.interaction
        newestEventTime = max(newestEventTime ?? interaction.time, interaction.time)
        if interaction.strength > 0 {
            popularity[event.item, default: DecayedCount()].add(
                interaction.time, halfLife: halfLife)
        }
    }
}
