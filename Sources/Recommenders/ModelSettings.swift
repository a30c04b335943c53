/// The hyper-parameters of a model by name: what configuration sets and a checkpoint remembers.
package typealias ModelSettings = [String: Double]

extension ModelSettings {
    /// The settings on top of the family's defaults.
    ///
    /// - Throws: `ModelError.unknownSetting` for a key that the family doesn't have.
    func over(_ defaults: ModelSettings) throws(ModelError) -> ModelSettings {
        for key in keys.sorted() where defaults[key] == nil { throw .unknownSetting(key) }
        return defaults.merging(self) { _, configured in configured }
    }

    /// The setting as a whole number.
    ///
    /// - Throws: `ModelError.invalidSetting` when it is absent, not whole or out of range.
    func integer(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
        let value = self[key] ?? .nan
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw .invalidSetting(key, value: value)
        }
        return whole
    }

    /// The setting as a whole number, or the default where it is absent.
    ///
    /// - Throws: `ModelError.invalidSetting` when it is not whole or out of range.
    package func integer(
        _ key: String, in range: ClosedRange<Int>, default value: Int
    ) throws(ModelError) -> Int {
        self[key] == nil ? value : try integer(key, in: range)
    }

    /// The setting as a number.
    ///
    /// - Throws: `ModelError.invalidSetting` when it is absent or out of range.
    func real(_ key: String, in range: ClosedRange<Double>) throws(ModelError) -> Double {
        let value = self[key] ?? .nan
        guard range.contains(value) else { throw .invalidSetting(key, value: value) }
        return value
    }

    /// How many of a matrix's weights are 0.
    func prunedShare() throws(ModelError) -> Double {
        try real("prunedShare", in: 0...0.99)
    }

    /// To how many numbers given embeddings are reduced; 0 for not at all.
    func embeddingDimensions() throws(ModelError) -> Int {
        try integer("embeddingDimensions", in: 0...65_536)
    }
}
