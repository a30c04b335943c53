import Support

extension WriterConnection {
    /// Takes old events out of the log, as counts or for good. They stay in the popularity, which
    /// ages by itself, and the hashes of their ids stay.
    ///
    /// - Returns: How many were folded and how many dropped; nil while the retention is paused.
    func remove(
        _ events: some Sequence<OldEvent>, status: RetentionStatus
    ) throws -> (folded: Int, dropped: Int)? {
        if status.isPaused { return nil }
        var (folded, dropped) = (0, 0)
        for event in events {
            if event.isFolded {
                if try db.fold(event) { folded += 1 }
            } else if let user = try db.user(of: event.sequence),
                try db.deleteEvent(event.sequence)
            {
                dropped += 1
                pending.users.append(user)  // whoever has his history in memory reads it anew
            }
        }
        pending.eventCount -= folded + dropped
        pending.foldedCount += folded
        pending.isBulk = true
        return (folded, dropped)
    }
}
