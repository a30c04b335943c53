/// How a training is stopped: what every family with epochs has among its settings.
package struct StoppingSettings: Sendable {
    private static let range = 1...1_000_000

    /// Epochs without a better one before it stops.
    package let patience: Int
    /// Epochs from one validation to the next.
    package let validationInterval: Int

    /// - Parameter settings: With the family's defaults; methods without epochs have neither key.
    /// - Throws: `ModelError.invalidSetting`.
    package init(_ settings: ModelSettings) throws(ModelError) {
        patience = try settings.integer("patience", in: Self.range, default: 1)
        validationInterval = try settings.integer(
            "validationInterval", in: Self.range, default: 1)
    }
}
