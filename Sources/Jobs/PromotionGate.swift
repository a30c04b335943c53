import Foundation
import TrainerPipe

/// Decides whether a candidate goes live: never one that measures worse, beyond a tolerance that
/// the cohort can't tell from chance.
package struct PromotionGate: Sendable {
    package struct Verdict: Sendable, Equatable {
        package var isPromoted: Bool
        package var reason: String
    }

    /// How much worse than the incumbent a candidate may measure and still replace it, as a share
    /// of the incumbent's metric: it knows newer events and items, and a difference this small
    /// isn't one that the cohort can show.
    package static let tolerance = 0.01

    /// - Parameter isForced: Promote in any case; the reason still says what was measured.
    package static func verdict(on measured: GateMeasurement, isForced: Bool) -> Verdict {
        let other = measured.incumbentVersion.map { "version \($0)" } ?? "popularity"
        guard measured.users > 0 else {
            let reason = "there are no held-out users to compare with \(other) on"
            return Verdict(isPromoted: isForced, reason: isForced ? "forced; " + reason : reason)
        }
        let change =
            "\(measured.metric) \(signed(measured.difference)) "
            + "(\(signed(measured.lower)) to \(signed(measured.upper))) over \(other)"
        if isForced { return Verdict(isPromoted: true, reason: "forced; " + change) }
        let isBetter =
            measured.incumbentVersion == nil
            ? measured.difference > 0
            : measured.difference >= -tolerance * measured.incumbent
        return Verdict(isPromoted: isBetter, reason: isBetter ? change : "kept aside: " + change)
    }

    private static func signed(_ value: Double) -> String {
        (value < 0 ? "−" : "+") + String(format: "%.4f", abs(value))
    }
}
