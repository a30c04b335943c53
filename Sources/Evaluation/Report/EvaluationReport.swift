import Foundation

/// All that an evaluation says of one model: what `starling evaluate` prints as JSON, and what its
/// table and chart are made of.
package struct EvaluationReport: Codable, Sendable {
    /// The bounds of a 95 % interval.
    package struct Interval: Codable, Sendable, Equatable {
        package var lower: Double
        package var upper: Double
    }

    /// Some of the users, or all users for some of their targets.
    package struct Segment: Codable, Sendable, Equatable {
        package var name: String
        package var users: Int
        package var metrics: [String: Double]
        package var intervals: [String: Interval]
    }

    /// The same accuracy in parts.
    package struct Segments: Codable, Sendable, Equatable {
        /// By how many items the users' histories have.
        package var historyLength: [Segment]
        /// By how much the targets were used in training.
        package var popularity: [Segment]
    }

    /// What the model took.
    package struct Cost: Sendable {
        /// From the loaded data to the chosen weights, validation and stopping included.
        package var trainSeconds: Double
        /// The chosen epoch; 1 for methods without epochs.
        package var epochs: Int
        /// Of training alone, without validation.
        package var secondsPerEpoch: Double
        package var peakMemoryBytes: Int
        /// Of the weights as a checkpoint has them; nil for what has none of its own.
        package var weightBytes: Int?

        package init(
            trainSeconds: Double, epochs: Int, secondsPerEpoch: Double, peakMemoryBytes: Int,
            weightBytes: Int? = nil
        ) {
            self.trainSeconds = trainSeconds
            self.epochs = epochs
            self.secondsPerEpoch = secondsPerEpoch
            self.peakMemoryBytes = peakMemoryBytes
            self.weightBytes = weightBytes
        }
    }

    package var `protocol`: String
    package var model: String
    package var seed: UInt64
    package var split: String
    /// The metric that the epoch was chosen by.
    package var decisive: String
    /// How many users were measured.
    package var users: Int
    /// How many requests: more than the users where these have several each.
    package var cases: Int
    package var metrics: [String: Double]
    package var intervals: [String: Interval]
    package var segments: Segments
    package var trainSeconds: Double
    package var epochs: Int
    package var secondsPerEpoch: Double
    package var peakMemoryBytes: Int
    /// Nil for what has no weights of its own, and in reports of before.
    package var weightBytes: Int?
    /// What there is to say of the split: the same for every model.
    package var notes: [String]
    /// Of a model that is chosen from others or made of them; nil for one that stands alone.
    package var ensemble: EnsembleReport?

    /// - Parameters:
    ///   - decisive: One of the result's metrics.
    ///   - seed: Of the training; the intervals are drawn from it too.
    package init(
        protocol name: String, model: String, seed: UInt64, split: String, decisive: MetricKey,
        result: EvaluationResult, cost: Cost, notes: [String] = []
    ) {
        func segment(_ part: EvaluationSegment) -> Segment {
            Segment(part, seed: seed)
        }
        let everyone = segment(result.everyone)
        self.protocol = name
        self.model = model
        self.seed = seed
        self.split = split
        self.decisive = decisive.description
        users = everyone.users
        cases = result.cases.count
        metrics = result.means.byName
        intervals = everyone.intervals
        segments = Segments(
            historyLength: result.byHistoryLength.map(segment),
            popularity: result.byPopularity.map(segment))
        trainSeconds = cost.trainSeconds
        epochs = cost.epochs
        secondsPerEpoch = cost.secondsPerEpoch
        peakMemoryBytes = cost.peakMemoryBytes
        weightBytes = cost.weightBytes
        self.notes = notes
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DecodingError`.
    package init(json: Data) throws {
        self = try JSONDecoder().decode(EvaluationReport.self, from: json)
    }

    /// One JSON object in one line.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The metrics that there are: the decisive one first, then in the order of the kinds.
    package var orderedMetrics: [MetricKey] {
        let kinds = MetricKey.Kind.allCases
        func place(_ key: MetricKey) -> (Int, Int, Int) {
            let isDecisive = key.description == decisive
            return (isDecisive ? 0 : 1, kinds.firstIndex(of: key.kind) ?? kinds.count, key.k)
        }
        return metrics.keys.compactMap { MetricKey(parsing: $0) }.sorted { place($0) < place($1) }
    }

    /// Whether two reports are of the same users and targets.
    package func isComparable(with other: EvaluationReport) -> Bool {
        `protocol` == other.protocol && split == other.split && users == other.users
            && cases == other.cases && notes == other.notes
    }
}

extension EvaluationReport.Segment {
    fileprivate init(_ part: EvaluationSegment, seed: UInt64) {
        name = part.name
        users = part.userCount
        metrics = [:]
        intervals = [:]
        for key in part.metrics {
            let interval = part.interval(of: key, seed: seed)
            metrics[key.description] = part.mean(of: key)
            intervals[key.description] = EvaluationReport.Interval(
                lower: interval.lower, upper: interval.upper)
        }
    }
}

extension [MetricKey: Double] {
    /// By what the metrics are called.
    package var byName: [String: Double] {
        Dictionary<String, Double>(uniqueKeysWithValues: map { ($0.key.description, $0.value) })
    }
}
