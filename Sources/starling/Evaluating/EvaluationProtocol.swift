import ArgumentParser
import Evaluation
import Recommenders

/// One of the fixed ways to measure quality: what is held out, what is measured, what decides.
struct EvaluationProtocol: Sendable {
    /// As `--protocol` names it.
    let name: String
    let metrics: [MetricKey]
    /// Chooses the epoch and the settings, on validation.
    let decisive: MetricKey
    var recallDenominator = RecallDenominator.reachable
    /// Reads and splits the data set in a folder.
    let load: @Sendable (_ folder: String) throws -> ProtocolData

    static let all = [leaveLastOut, strongGeneralisation, randomHoldout, newItems]

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

    var training: TrainingSet
    var validation: [EvaluationCase]
    var test: [EvaluationCase]
    /// What models are compared with, by name: scores that are the same for everybody,
    /// `[itemCount]`.
    var referenceScores: [String: [Float]] = [:]
    /// What the model that is tested learns from, for the epochs that validation chose; nil where
    /// the validated model itself is tested.
    var everything: TrainingSet?

    func cases(of split: Split) -> [EvaluationCase] {
        split == .test ? test : validation
    }
}
