import Events
import Support

/// What an evaluation measured.
package struct EvaluationResult: Sendable {
    /// The metrics of single users, in the order of the columns of `perUser`.
    package let metrics: [MetricKey]
    /// Which of the given cases were measured, ascending: the ones with a target. The same for all
    /// models, so that two results on the same cases can be paired.
    package let cases: [Int]
    /// Whose each measured case is, `[cases]`.
    package let users: [Int]
    /// `[cases][metrics]`.
    package let perUser: [[Double]]
    /// The mean over users of each metric, and the metrics of all lists together. Diversity is
    /// absent where no item has a category.
    package let means: [MetricKey: Double]
    /// What each measured user would be shown; empty where no metric of all lists was asked for.
    package let topLists: [[ItemIndex]]
    /// How much is known of each measured user.
    package let historyLengths: [HistoryLength]
    /// `perUser` again with the targets of one class alone; a class without a target of the user is
    /// absent. Empty where the evaluator knows nothing of the catalogue.
    let perUserByPopularity: [[ItemPopularity: [Double]]]

    init(
        metrics: [MetricKey], itemCount: Int, catalogue: CatalogueProfile?, cases: [Int],
        users: [Int], measured: [MeasuredCase]
    ) {
        let userMetrics = metrics.filter(\.isPerUser)
        let perUser = measured.map(\.values)
        let topLists = measured.compactMap(\.topList)
        var means: [MetricKey: Double] = [:]
        for (column, key) in userMetrics.enumerated() {
            means[key] = Self.mean(perUser.map { $0[column] })
        }
        for key in metrics where !key.isPerUser {
            let exposure = Exposure(lists: topLists, at: key.k, itemCount: itemCount)
            means[key] = exposure.value(of: key.kind, catalogue: catalogue)
        }
        self.metrics = userMetrics
        self.cases = cases
        self.users = users
        self.perUser = perUser
        self.means = means
        self.topLists = topLists
        historyLengths = measured.map(\.historyLength)
        perUserByPopularity = catalogue == nil ? [] : measured.map(\.valuesByPopularity)
    }

    /// The metric of each measured user, in the order of `cases`. Empty for a metric that was not
    /// measured for single users.
    package func values(of key: MetricKey) -> [Double] {
        everyone.values(of: key)
    }

    /// Nil for a metric that was not asked for.
    package func mean(of key: MetricKey) -> Double? {
        means[key]
    }

    /// The mean over some of the users, such as those with few events; 0 where there are none.
    ///
    /// - Parameter isIncluded: Takes the index of a case.
    package func mean(of key: MetricKey, where isIncluded: (Int) -> Bool) -> Double {
        Self.mean(zip(cases, values(of: key)).filter { isIncluded($0.0) }.map(\.1))
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}

extension EvaluationResult {
    /// All measured users.
    package var everyone: EvaluationSegment {
        EvaluationSegment(name: "all", metrics: metrics, users: users, perUser: perUser)
    }

    /// The users by how many items their histories have, shortest first; classes with nobody are
    /// left out.
    package var byHistoryLength: [EvaluationSegment] {
        HistoryLength.allCases.map { length in
            let rows = perUser.indices.filter { historyLengths[$0] == length }
            return EvaluationSegment(
                name: length.label, metrics: metrics, users: rows.map { users[$0] },
                perUser: rows.map { perUser[$0] })
        }.filter { $0.userCount > 0 }
    }

    /// The targets by how much they were used in training, most first. A user counts in each class
    /// that he has targets in; the others are neither to be found nor in the way. Classes without
    /// a target are left out.
    package var byPopularity: [EvaluationSegment] {
        ItemPopularity.allCases.map { popularity in
            let rows = perUserByPopularity.indices
                .filter { perUserByPopularity[$0][popularity] != nil }
            return EvaluationSegment(
                name: popularity.rawValue, metrics: metrics, users: rows.map { users[$0] },
                perUser: rows.compactMap { perUserByPopularity[$0][popularity] })
        }.filter { $0.userCount > 0 }
    }
}

/// One user's part of a result.
struct MeasuredCase: Sendable {
    var values: [Double]
    var valuesByPopularity: [ItemPopularity: [Double]]
    var topList: [ItemIndex]?
    var historyLength: HistoryLength
}
