import Evaluation
import Foundation
import Training

/// A fit's epochs on standard error.
struct EpochProgress {
    private let metric: MetricKey
    private let epochs: Int
    private var display: ProgressDisplay
    /// Without validation.
    private(set) var trainingSeconds = 0.0

    init(label: String, metric: MetricKey, epochs: Int) {
        self.metric = metric
        self.epochs = epochs
        display = ProgressDisplay(label: label)
    }

    mutating func show(_ epoch: Fit.Epoch) {
        trainingSeconds += epoch.seconds
        var text = "epoch \(epoch.number)"
        if let loss = epoch.loss { text += String(format: " loss %.3f", loss) }
        if let quality = epoch.metrics[metric] {
            text += String(format: " \(metric) %.4f", quality)
        }
        display.show(fraction: Double(epoch.number) / Double(epochs), text: text)
    }

    mutating func finish() {
        display.finish()
    }
}
