import Store
import Support

/// Leaves out users and items with few events. What goes takes events of others along, so the rule
/// is applied until it holds for all that is left, or the rounds are over.
///
/// Reference: the k-core of the graph of users and items (Seidman, Social Networks 5, 1983).
struct MinimumCounts: PreprocessingStep {
    static let maximumRounds = 100

    let perUser: Int
    let perItem: Int

    var name: String { "minimumCounts" }

    func apply(to log: inout PreprocessedLog) -> String {
        var rounds = 0
        while rounds < Self.maximumRounds {
            rounds += 1
            let items = few(perItem, in: log, by: \.interaction.item)
            let users = few(perUser, in: log, by: \.user)
            if items.isEmpty, users.isEmpty { break }
            for index in log.events.indices {
                let event = log.events[index]
                if items.contains(event.interaction.item) || users.contains(event.user) {
                    log.drop(index)
                }
            }
        }
        return "users with fewer than \(perUser) events or items with fewer than \(perItem), "
            + "in \(rounds) rounds"
    }

    private func few<Key: Hashable>(
        _ minimum: Int, in log: PreprocessedLog, by key: KeyPath<LoggedEvent, Key>
    ) -> Set<Key> {
        guard minimum > 1 else { return [] }
        var counts: [Key: Int] = [:]
        for index in log.keptIndices { counts[log.events[index][keyPath: key], default: 0] += 1 }
        return Set(counts.lazy.filter { $0.value < minimum }.map(\.key))
    }
}
