import Metrics
import Serving
import Store
import Synchronization

/// What the routes count beside the server. Any thread counts and reads; each number by itself is
/// exact.
final class ServiceMetrics: Sendable {
    private static let policies: [RankedAnswer.Policy] = [.popular, .recent]

    private let accepted = Atomic(0)
    private let duplicates = Atomic(0)
    private let conflicts = Atomic(0)
    private let invalid = Atomic(0)
    /// In the order of the alphabet.
    private let models: [String]
    /// Answers by each model, then by each policy without a model.
    private let answers: [SharedCounter]

    init(models: Set<String>) {
        self.models = models.sorted()
        answers = (0..<models.count + Self.policies.count).map { _ in SharedCounter() }
    }

    /// - Parameter invalid: How many more there were that are no events.
    func note(_ verdicts: [EventVerdict], invalid: Int) {
        var counts = (accepted: 0, duplicates: 0, conflicts: 0, invalid: invalid)
        for verdict in verdicts {
            switch verdict {
            case .accepted: counts.accepted += 1
            case .duplicate: counts.duplicates += 1
            case .conflict: counts.conflicts += 1
            case .invalid: counts.invalid += 1
            }
        }
        accepted.wrappingAdd(counts.accepted, ordering: .relaxed)
        duplicates.wrappingAdd(counts.duplicates, ordering: .relaxed)
        conflicts.wrappingAdd(counts.conflicts, ordering: .relaxed)
        self.invalid.wrappingAdd(counts.invalid, ordering: .relaxed)
    }

    func note(_ answer: RankedAnswer) {
        if let model = answer.model {
            // A dozen names of one word each are compared sooner than one is hashed.
            if let place = models.firstIndex(of: model.name) { answers[place].add() }
        } else if let place = Self.policies.firstIndex(of: answer.policy) {
            answers[models.count + place].add()
        }
    }

    func write(to page: inout MetricsPage) {
        page.begin(.counter, "starling_events_total", "Events that were sent, by the verdict.")
        page.add(accepted.load(ordering: .relaxed), ["verdict": "accepted"])
        page.add(duplicates.load(ordering: .relaxed), ["verdict": "duplicate"])
        page.add(conflicts.load(ordering: .relaxed), ["verdict": "conflict"])
        page.add(invalid.load(ordering: .relaxed), ["verdict": "invalid"])
        page.begin(
            .counter, "starling_recommendations_total",
            "Answers with recommendations or similar items, by model and policy.")
        for (place, model) in models.enumerated() where answers[place].value > 0 {
            page.add(
                answers[place].value,
                ["model": model, "policy": RankedAnswer.Policy.model.rawValue])
        }
        for (place, policy) in Self.policies.enumerated() {
            page.add(
                answers[models.count + place].value,
                ["model": "none", "policy": policy.rawValue])
        }
    }
}

private final class SharedCounter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
