import Events
import Store
import Support
import TrainerPipe

/// The log on its way through the steps: every event, and which of them are still in.
struct PreprocessedLog {
    /// Ordered by (user, time, sequence).
    let events: [LoggedEvent]
    private(set) var isKept: [Bool]
    /// What each event's strength is multiplied with, `[events]`; empty while all are 1.
    var weights: [Float] = []
    /// Users who are no people: they neither train nor are measured on.
    var bots: Set<UserKey> = []

    /// - Parameter end: Events from then on are left out before any step looks: they are to be
    ///   foretold. Nil for none.
    init(_ events: [LoggedEvent], before end: Timestamp? = nil) {
        self.events = events.sorted {
            ($0.user, $0.interaction.time, $0.sequence)
                < ($1.user, $1.interaction.time, $1.sequence)
        }
        isKept = self.events.map { event in end.map { event.interaction.time < $0 } ?? true }
    }

    var keptIndices: some Sequence<Int> {
        events.indices.lazy.filter { isKept[$0] }
    }

    /// The places of each user's events, in the order of the users.
    var users: [Range<Int>] {
        var users: [Range<Int>] = []
        var start = 0
        for index in events.indices where events[index].user != events[start].user {
            users.append(start..<index)
            start = index
        }
        if start < events.count { users.append(start..<events.count) }
        return users
    }

    mutating func drop(_ index: Int) { isKept[index] = false }

    /// - Complexity: One pass over the log.
    func counts() -> PreprocessingReport.Counts {
        var counts = PreprocessingReport.Counts()
        var items: Set<ItemKey> = []
        var last: UserKey?
        for index in keptIndices {
            let event = events[index]
            counts.events += 1
            if event.user != last { counts.users += 1 }
            last = event.user
            items.insert(event.interaction.item)
        }
        counts.items = items.count
        return counts
    }
}

extension PreprocessedLog {
    /// The time of the newest event that is still in: what ages are counted from, so that the same
    /// log always gives the same data set.
    var newest: Timestamp {
        keptIndices.lazy.map { events[$0].interaction.time }.max() ?? Timestamp(milliseconds: 0)
    }
}
