import Foundation

/// How the learning rate changes from step to step: it rises in a straight line, then stays or
/// sinks along half a cosine.
///
/// Reference: Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR
/// 2017, equation 5, without restarts.
struct LearningRateSchedule: Sendable {
    /// What the rate is multiplied with at its highest.
    let highest: Double
    /// Steps of the rise; no more than a tenth of the whole counts.
    let warmupSteps: Int
    /// Steps of the whole.
    let steps: Int
    /// Whether it sinks to 0 at the end.
    let sinks: Bool

    /// - Parameter step: From 1.
    /// - Returns: What the learning rate is multiplied with.
    func factor(_ step: Int) -> Double {
        let rise = min(warmupSteps, steps / 10)
        if step < rise { return highest * Double(step) / Double(rise) }
        guard sinks else { return highest }
        return highest * (1 + cos(.pi * min(1, Double(step) / Double(steps)))) / 2
    }
}
