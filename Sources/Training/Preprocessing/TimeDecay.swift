import Foundation
import Support

/// Lets old events count less: the strength of one of age `a` is multiplied with `2^(−a / halfLife)`,
/// ages counted from the newest event. A like stays a like, however old it is.
struct TimeDecay: PreprocessingStep {
    /// So small a like counts for nothing, but its sign is still there.
    private static let smallest: Float = 1e-6

    let halfLifeDays: Double

    var name: String { "decay" }

    func apply(to log: inout PreprocessedLog) -> String {
        let newest = log.newest
        log.weights = log.events.map { event in
            let days = (newest - event.interaction.time).inSeconds / 86_400
            return max(Self.smallest, Float(exp2(-days / halfLifeDays)))
        }
        return "nothing is left out: strengths halve every \(halfLifeDays.shortText) days"
    }
}
