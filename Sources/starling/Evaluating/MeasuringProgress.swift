import Synchronization

/// How far a measurement is, on standard error.
final class MeasuringProgress: Sendable {
    /// The evaluator's threads write it.
    private let state: Mutex<(display: ProgressDisplay, measured: Int)>

    init(label: String) {
        state = Mutex((ProgressDisplay(label: label), 0))
    }

    /// Calls may come in any order.
    func show(_ measured: Int, of all: Int) {
        state.withLock {
            guard measured > $0.measured else { return }
            $0.measured = measured
            $0.display.show(
                fraction: Double(measured) / Double(all), text: "\(measured) of \(all) users")
        }
    }

    func finish() {
        state.withLock { $0.display.finish() }
    }
}
