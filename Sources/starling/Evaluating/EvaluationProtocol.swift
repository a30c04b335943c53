import ArgumentParser
import Evaluation
import Recommenders
import Training

/// One of the ways to measure quality: what is held out, what is measured, what decides.
struct EvaluationProtocol: Sendable {
    /// Reads and splits the data.
    enum Source: Sendable {
        /// A published data set, in a folder.
        case folder(@Sendable (String) throws -> ProtocolData)
        /// The service's own log.
        case log(@Sendable (TrainingLog, TemporalSplit.Cut) -> ProtocolData)
    }

    /// As `--protocol` names it.
    let name: String
    let metrics: [MetricKey]
    /// What models are compared by, and settings chosen by on validation.
    let decisive: MetricKey
    /// What chooses the epoch and a blend's weights on validation; `decisive` but where the trainer
    /// does otherwise.
    let stopping: MetricKey
    let recallDenominator: RecallDenominator
    let source: Source

    static let all = [leaveLastOut, strongGeneralisation, randomHoldout, newItems, time]

    init(
        name: String, metrics: [MetricKey], decisive: MetricKey, stopping: MetricKey? = nil,
        recallDenominator: RecallDenominator = .reachable, source: Source
    ) {
        self.name = name
        self.metrics = metrics
        self.decisive = decisive
        self.stopping = stopping ?? decisive
        self.recallDenominator = recallDenominator
        self.source = source
    }

    /// A protocol on a published data set.
    init(
        name: String, metrics: [MetricKey], decisive: MetricKey,
        recallDenominator: RecallDenominator = .reachable,
        load: @escaping @Sendable (_ folder: String) throws -> ProtocolData
    ) {
        self.init(
            name: name, metrics: metrics, decisive: decisive,
            recallDenominator: recallDenominator, source: .folder(load))
    }

    /// - Throws: `ValidationError` with the names that there are.
    static func named(_ name: String) throws -> EvaluationProtocol {
        if let found = all.first(where: { $0.name == name }) { return found }
        let names = all.map(\.name).joined(separator: ", ")
        throw ValidationError("there is no protocol named \(name); this version has \(names)")
    }
}

/// A protocol's data: what trains, and whom the model is measured on.
struct ProtocolData: Sendable {
    enum Split: String, ExpressibleByArgument, CaseIterable {
        case validation, test
    }

    /// What one of the parts lacks.
    struct Empty: Error, CustomStringConvertible {
        var description: String
    }

    var training: TrainingSet
    var validation: [EvaluationCase]
    var test: [EvaluationCase]
    /// What models are compared with, by name: scores that are the same for everybody,
    /// `[itemCount]`.
    var referenceScores: [String: [Float]] = [:]
    /// What the model that is tested learns from, for the epochs that validation chose; nil where
    /// the validated model itself is tested.
    var everything: TrainingSet?
    /// What there is to say of the split; nothing of a published one.
    var notes: [String] = []

    func cases(of split: Split) -> [EvaluationCase] {
        split == .test ? test : validation
    }

    /// What the model that is measured on a part learned from.
    func training(for split: Split) -> TrainingSet {
        split == .test ? everything ?? training : training
    }

    /// - Throws: `Empty` where there is nobody to train on or to measure.
    func checkNotEmpty(for split: Split) throws {
        if training.histories.isEmpty {
            throw Empty(description: "the split leaves no user to train on")
        }
        for part in [split, .validation] where cases(of: part).isEmpty {
            throw Empty(description: "the split leaves no user for \(part)")
        }
    }
}
