/// The values of some of the measured users, or of all users for some of their targets.
package struct EvaluationSegment: Sendable {
    /// What the segment is by: `1-9`, `head`.
    package let name: String
    /// The columns of `perUser`.
    package let metrics: [MetricKey]
    /// Whose each row of `perUser` is: each another's, but where a user has several cases.
    package let users: [Int]
    /// `[cases][metrics]`.
    package let perUser: [[Double]]

    package var userCount: Int { Set(users).count }

    /// One value a case; empty for a metric that was not measured.
    package func values(of key: MetricKey) -> [Double] {
        guard let column = metrics.firstIndex(of: key) else { return [] }
        return perUser.map { $0[column] }
    }

    /// 0 where there are no users.
    package func mean(of key: MetricKey) -> Double {
        let values = values(of: key)
        return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    /// The interval of the mean over users.
    package func interval(of key: MetricKey, seed: UInt64) -> BootstrapInterval {
        BootstrapInterval(ofMean: values(of: key), users: users, seed: seed)
    }
}
