import Support

/// What an evaluation measured.
package struct EvaluationResult: Sendable {
    /// The metrics of single users, in the order of the columns of `perUser`.
    package let metrics: [MetricKey]
    /// Which of the given cases were measured, ascending: the ones with a target. The same for all
    /// models, so that two results on the same cases can be paired.
    package let cases: [Int]
    /// `[cases][metrics]`.
    package let perUser: [[Double]]
    /// The mean over users of each metric, and the metrics of all lists together.
    package let means: [MetricKey: Double]
    /// What each measured user would be shown; empty where no metric of all lists was asked for.
    package let topLists: [[ItemIndex]]

    init(metrics: [MetricKey], itemCount: Int, cases: [Int], measured: [MeasuredCase]) {
        let userMetrics = metrics.filter(\.isPerUser)
        let perUser = measured.map(\.values)
        let topLists = measured.compactMap(\.topList)
        var means: [MetricKey: Double] = [:]
        for (column, key) in userMetrics.enumerated() {
            means[key] = Self.mean(perUser.map { $0[column] })
        }
        for key in metrics where !key.isPerUser {
            let exposure = Exposure(lists: topLists, at: key.k, itemCount: itemCount)
            means[key] = key.kind == .coverage ? exposure.coverage : exposure.gini
        }
        self.metrics = userMetrics
        self.cases = cases
        self.perUser = perUser
        self.means = means
        self.topLists = topLists
    }

    /// The metric of each measured user, in the order of `cases`. Empty for a metric that was not
    /// measured for single users.
    package func values(of key: MetricKey) -> [Double] {
        guard let column = metrics.firstIndex(of: key) else { return [] }
        return perUser.map { $0[column] }
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

/// One user's part of a result.
struct MeasuredCase: Sendable {
    var values: [Double]
    var topList: [ItemIndex]?
}
