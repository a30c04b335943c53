import Events
import Recommenders
import Support

/// Which model in service `auto` takes for a history: the one that was best on the validation users
/// with histories of this length. Made anew at each swap.
///
/// The models of a class are compared on one measure, the first of these that all of them have: the
/// class's own metric, over enough users; the metric over all validation users; the gate's metric.
/// Validation users are the same ones for every model (they are chosen by a hash of their ids), but
/// versions that were trained on the log at different times were also measured on it then.
package struct ModelChoice: Sendable {
    /// As a request names it.
    package static let name = "auto"
    /// A class with fewer validation users says nothing.
    package static let minimumUsers = 50.0
    /// As much better than a model that stands alone a combination must be, as a share: it costs its
    /// components' time for each answer, and its weights were chosen on these very users.
    package static let combinationMargin = 0.01

    package struct Candidate: Sendable {
        package let model: ServedModel
        /// What it was chosen by, as its metrics name it, and the value; nil where the models have
        /// no measure in common.
        package let metric: String?
        package let value: Double?

        /// What the order is by.
        fileprivate var worth: Double {
            (value ?? 0) * (ModelLoader.combines(model.name) ? 1 - combinationMargin : 1)
        }
    }

    /// By class, best first.
    private let candidates: [[Candidate]]

    /// - Parameters:
    ///   - models: Those in service.
    ///   - metric: What they are compared by.
    package init(among models: [ServedModel], metric: String = "ndcg@10") {
        // Of equals a model that stands alone, then the first by name.
        let byName = models.sorted { $0.name < $1.name }
        let inOrder =
            byName.filter { !ModelLoader.combines($0.name) }
            + byName.filter { ModelLoader.combines($0.name) }
        candidates = HistoryLength.allCases.map { Self.ranked(inOrder, by: metric, for: $0) }
    }

    /// The models for histories of this length, the best one first. The others are for histories
    /// that it can't answer.
    package func candidates(for length: HistoryLength) -> [Candidate] {
        candidates[length.rawValue]
    }

    /// The one that is taken; nil where there is none, and for empty histories where none can answer
    /// these.
    package func best(for length: HistoryLength) -> Candidate? {
        let empty = History(interactions: [], now: Timestamp(milliseconds: 0))
        return candidates(for: length).first {
            length != .none || $0.model.recommender.canAnswer(empty)
        }
    }

    private static func ranked(
        _ models: [ServedModel], by metric: String, for length: HistoryLength
    ) -> [Candidate] {
        let metric = measure(of: models, by: metric, for: length)
        let all = models.map { model in
            Candidate(
                model: model, metric: metric, value: metric.flatMap { model.metrics[$0] })
        }
        return all.enumerated().sorted { left, right in
            let (a, b) = (left.element.worth, right.element.worth)
            return a == b ? left.offset < right.offset : a > b
        }.map(\.element)
    }

    private static func measure(
        of models: [ServedModel], by metric: String, for length: HistoryLength
    ) -> String? {
        let ofClass = "validation.\(metric)[\(length.label)]"
        let users = "validation.users[\(length.label)]"
        let hasEnough = models.allSatisfy { $0.metrics[users] ?? 0 >= minimumUsers }
        return ((hasEnough ? [ofClass] : []) + ["validation.\(metric)", metric])
            .first { metric in models.allSatisfy { $0.metrics[metric] != nil } }
    }
}

extension HistoryLength {
    /// The class of a user's events, oldest first.
    ///
    /// - Complexity: O(events), and no more than the last class's bound in memory.
    init(of interactions: [Interaction<ItemKey>]) {
        var items: Set<ItemKey> = []
        var length = HistoryLength.none
        for interaction in interactions where interaction.strength > 0 {
            guard items.insert(interaction.item).inserted else { continue }
            length = HistoryLength(itemCount: items.count)
            if length == .most { break }
        }
        self = length
    }
}
