/// How much arithmetic an epoch of training is: the floating-point operations of its matrix
/// products, a multiplication and an addition being two.
///
/// Backward passes count double, as is usual. What attention computes beyond causality's triangle,
/// and what its derivative computes again, is not counted: it is how, not what.
package struct TransformerCost: Sendable {
    /// For the scores of all next events, with their derivatives.
    package let scores: Double
    /// For the layers that work on each event on its own.
    package let layers: Double
    /// For attention.
    package let attention: Double

    package var total: Double { scores + layers + attention }

    /// - Parameters:
    ///   - lengths: Events that each user's next events are foretold from.
    ///   - settings: All of them.
    /// - Throws: `ModelError` for settings out of range.
    package init(itemCount: Int, lengths: [Int], settings: ModelSettings) throws {
        let parsed = try TransformerSettings(settings)
        let width = Double(parsed.width)
        let window = lengths.map { Double(min($0, parsed.positionCount)) }
        let rows = window.reduce(0, +)
        let pairs = window.reduce(0) { $0 + $1 * ($1 + 1) / 2 }
        let scored = itemCount > parsed.fullSoftmaxItems ? parsed.negativeCount : itemCount
        let perRow =
            parsed.isPointwise
            ? 5 * width * width
            : (4 + (parsed.hasGates ? 2 : 0)) * width * width
                + 2 * width * Double(parsed.feedForwardSize)
        let passes = 3.0
        scores = passes * 2 * rows * width * Double(scored)
        layers = passes * 2 * rows * perRow * Double(parsed.blockCount)
        attention = passes * 2 * 2 * pairs * width * Double(parsed.blockCount)
    }
}
