import Evaluation
import Foundation

/// What `evaluate` prints.
struct EvaluationReport: Encodable {
    var `protocol`: String
    var model: String
    var seed: UInt64
    var split: String
    var metrics: [String: Double]
    /// What the protocol compares models with; nil where it has none.
    var references: [String: [String: Double]]?
    /// From the loaded data to the chosen weights, validation and stopping included.
    var trainSeconds: Double
    /// The chosen epoch; 1 for methods without epochs.
    var epochs: Int
    /// Of training alone, without validation.
    var secondsPerEpoch: Double
    var peakMemoryBytes: Int

    /// One JSON object.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Lines for a person.
    var text: String {
        let others = (references ?? [:]).sorted { $0.key < $1.key }
            .flatMap { name, metrics in ["  \(name):"] + lines(metrics) }
        let cost = String(
            format: "  trained %.1f s, best epoch %d, %.2f s an epoch, peak memory %d MB",
            trainSeconds, epochs, secondsPerEpoch, peakMemoryBytes / 1_000_000)
        let title = "protocol \(self.protocol), \(model), \(split), seed \(seed)"
        return ([title] + lines(metrics) + others + [cost]).joined(separator: "\n")
    }

    private func lines(_ metrics: [String: Double]) -> [String] {
        metrics.sorted { $0.key < $1.key }.map { name, value in
            "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0)
                + String(format: "%.4f", value)
        }
    }
}

extension [MetricKey: Double] {
    var byName: [String: Double] {
        Dictionary<String, Double>(uniqueKeysWithValues: map { ($0.key.description, $0.value) })
    }
}

enum ProcessMemory {
    /// The largest resident size so far.
    static var peakBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024  // Linux counts in KiB
    }
}
