import Events
import Recommenders
import Support

/// Which model in service `auto` takes for a history: the one that was best on the validation users
/// with histories of this length. Made anew at each swap.
///
/// The models are compared on one measure, the first of these that all of them have: the metric over
/// all validation users; the gate's metric. Where all have the class's own metric as well, that one
/// counts the more, the more users are in the class:
///
///     estimate = (n c + n₀ c̄ a/ā) / (n + n₀)
///
/// c is the model's metric in the class of n users, a over all users; c̄ and ā are the means of these
/// over the models; n₀ is `priorUsers`. So a handful of users doesn't overrule all the others.
///
/// Validation users are the same ones for every model (they are chosen by a hash of their ids), but
/// versions that were trained on the log at different times were also measured on it then.
///
/// Reference: Efron & Morris, "Data Analysis Using Stein's Estimator and its Generalizations", JASA
/// 1975, for the shrinkage of a class's figure.
package struct ModelChoice: Sendable {
    /// As a request names it.
    package static let name = "auto"
    /// With so many users a class's own metric counts as much as that of all.
    package static let priorUsers = 500.0
    /// As much better than a model that stands alone a combination must be, as a share: it costs its
    /// components' time for each answer.
    package static let combinationMargin = 0.005

    package struct Candidate: Sendable {
        package let model: ServedModel
        /// What it was chosen by, as its metrics name it, and its value; nil where the models have
        /// no measure in common.
        package let metric: String?
        package let value: Double?
        /// The value in the light of all validation users.
        package let estimate: Double?

        /// What the order is by.
        fileprivate var worth: Double {
            (estimate ?? 0) * (ModelLoader.combines(model.name) ? 1 - combinationMargin : 1)
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
        let measure = measure(of: models, by: metric, for: length)
        let all = models.enumerated().map { index, model in
            Candidate(
                model: model, metric: measure?.metric,
                value: measure.flatMap { model.metrics[$0.metric] },
                estimate: measure?.estimates[index])
        }
        return all.enumerated().sorted { left, right in
            let (a, b) = (left.element.worth, right.element.worth)
            return a == b ? left.offset < right.offset : a > b
        }.map(\.element)
    }

    /// The measure and each model's estimate; nil where the models have none in common.
    private static func measure(
        of models: [ServedModel], by metric: String, for length: HistoryLength
    ) -> (metric: String, estimates: [Double])? {
        func values(_ metric: String) -> [Double]? {
            let values = models.compactMap { $0.metrics[metric] }
            return values.count == models.count ? values : nil
        }
        let (gate, ofAll) = (metric, "validation.\(metric)")
        guard let all = values(ofAll) else { return values(gate).map { (gate, $0) } }
        let ofClass = "validation.\(metric)[\(length.label)]"
        guard let own = values(ofClass),
            let users = values("validation.users[\(length.label)]")?.min(),
            all.contains(where: { $0 > 0 })
        else { return (ofAll, all) }
        let scale = own.reduce(0, +) / all.reduce(0, +)
        let estimates = zip(own, all).map { own, all in
            (users * own + priorUsers * scale * all) / (users + priorUsers)
        }
        return (ofClass, estimates)
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
