import Events

extension DNNSettings {
    /// What a checkpoint means that doesn't have the key.
    private static let beforeCompression: ModelSettings = ["embeddingDimensions": 0]

    /// An earlier model whose weights mean the same.
    ///
    /// - Throws: `WarmStart.Misfit.setting`.
    static func start(
        _ given: WarmStart, for settings: ModelSettings
    ) throws(WarmStart.Misfit) -> WarmStart {
        var start = given
        start.settings = beforeCompression.merging(given.settings) { $1 }
        try start.requireSame(DNNLearner.meaningful, as: settings)
        return start
    }

    /// What reduces given embeddings: an earlier model's, whose weights mean its directions, or
    /// learned from the items; nil where they are read as they are.
    ///
    /// - Throws: `WarmStart.Misfit` where the earlier model's is of another size or can't be read.
    func components(
        of items: [ItemContent], start: WarmStart?
    ) throws(WarmStart.Misfit) -> PrincipalComponents? {
        guard readsContent, embeddingDimensions > 0 else { return nil }
        let size = ContentInput.embeddingSize(of: items)
        if let earlier = try start?.components(outputSize: embeddingDimensions) {
            guard earlier.inputSize == size else {
                throw .shape(
                    parameter: PrincipalComponents.rowsName, now: [embeddingDimensions, size],
                    before: [embeddingDimensions, earlier.inputSize])
            }
            return earlier
        }
        return PrincipalComponents(
            of: items, inputSize: size, outputSize: embeddingDimensions)
    }
}

extension WarmStart {
    /// What the earlier model reduced embeddings with; nil where it read them as they were.
    fileprivate func components(outputSize: Int) throws(Misfit) -> PrincipalComponents? {
        do {
            return try PrincipalComponents(weights, outputSize: outputSize)
        } catch {
            throw .compressed("\(error)")
        }
    }
}
