import GRDB
import Support

/// A generation of events on its way into the table `user_events`: user by user, each user's newest
/// first. It can be interrupted after any event.
struct UserEventMerge {
    /// What is in the file of one that is under way.
    struct Progress: Equatable {
        /// The generation's last event.
        var end: EventSequence
        /// The users before are done.
        var user: UserKey
        /// Of this one what is from here on.
        var below: EventSequence
    }

    let end: EventSequence
    private let generation: RecentEvents.Generation
    private let users: [UserKey]
    /// The place of the user after the one whose events `rest` has.
    private var next = 0
    private var rest: ArraySlice<EventSequence> = []

    /// - Parameter progress: Of a merge of the same generation, in an earlier life.
    init?(_ generation: RecentEvents.Generation, after progress: Progress? = nil) {
        guard let end = generation.entries.last?.sequence else { return nil }
        self.end = progress?.end ?? end
        self.generation = generation
        guard let progress else {
            users = generation.users.sorted()
            return
        }
        users = generation.users.filter { $0 >= progress.user }.sorted()
        guard users.first == progress.user else { return }
        takeNextUser()
        rest = rest.drop { $0 >= progress.below }
    }

    var isComplete: Bool { rest.isEmpty && next == users.count }

    /// Nil at the end.
    var progress: Progress? {
        if let first = rest.first {
            return Progress(
                end: end, user: users[next - 1], below: EventSequence(first.rawValue + 1))
        }
        guard next < users.count else { return nil }
        return Progress(end: end, user: users[next], below: EventSequence(.max))
    }

    /// The next events, at most so many.
    mutating func take(_ limit: Int) -> [EventSequence] {
        var taken: [EventSequence] = []
        while taken.count < limit, !isComplete {
            if rest.isEmpty { takeNextUser() }
            let part = rest.prefix(limit - taken.count)
            taken += part
            rest = rest.dropFirst(part.count)
        }
        return taken
    }

    private mutating func takeNextUser() {
        rest = generation.events(of: users[next]).map(\.sequence)[...]
        next += 1
    }
}

extension Database {
    func userEventMerge() throws -> UserEventMerge.Progress? {
        let end = try counter("user_events_merge_end")
        guard end > 0 else { return nil }
        return UserEventMerge.Progress(
            end: EventSequence(end), user: UserKey(try counter("user_events_merge_user")),
            below: EventSequence(try counter("user_events_merge_below")))
    }

    func setUserEventMerge(_ progress: UserEventMerge.Progress?) throws {
        try setCounter("user_events_merge_end", progress?.end.rawValue ?? 0)
        guard let progress else { return }
        try setCounter("user_events_merge_user", progress.user.rawValue)
        try setCounter("user_events_merge_below", progress.below.rawValue)
    }
}
