import Support

/// Leaves out users who did more within some 24 hours than people do.
struct Bots: PreprocessingStep {
    private static let day = Duration.seconds(86_400)

    let maximumEventsPerDay: Int

    var name: String { "bots" }

    func apply(to log: inout PreprocessedLog) -> String {
        for user in log.users {
            let kept = user.filter { log.isKept[$0] }
            guard isBot(kept.map { log.events[$0].interaction.time }) else { continue }
            log.bots.insert(log.events[user.lowerBound].user)
            for index in kept { log.drop(index) }
        }
        return "users with more than \(maximumEventsPerDay) events within 24 hours"
    }

    /// - Parameter times: In their order.
    private func isBot(_ times: [Timestamp]) -> Bool {
        zip(times, times.dropFirst(maximumEventsPerDay)).contains { first, last in
            last < first + Self.day
        }
    }
}
