import Support

/// How made-up users compare with real ones.
package struct AugmentationReport: Sendable {
    package let added: Int
    /// Nil with fewer than two users on a side.
    package let test: TwoSampleTest?
    /// Of the items' shares of users, Pearson.
    package let popularityCorrelation: Double
    package let meanLength: (real: Double, drawn: Double)

    /// - Parameters:
    ///   - real: Items of each user.
    ///   - drawn: The same.
    ///   - added: How many of the drawn ones went into the training set.
    ///   - sample: How many of each the two-sample test takes, at most.
    init(
        real: [[Int32]], drawn: [[Int32]], added: Int, itemCount: Int, sample: Int, seed: UInt64
    ) {
        self.added = added
        var random = RandomSource(seed: seed)
        let (some, others) = (
            Array(real.shuffled(using: &random).prefix(sample)), Array(drawn.prefix(sample))
        )
        test = some.count > 1 && others.count > 1 ? TwoSampleTest(some, others) : nil
        popularityCorrelation = Self.correlation(
            Self.shares(real, itemCount), Self.shares(drawn, itemCount))
        meanLength = (Self.meanLength(real), Self.meanLength(drawn))
    }

    /// As a checkpoint's origin tells it.
    package var notes: [String: String] {
        var notes = [
            "augmentation.users": "\(added)",
            "augmentation.popularityCorrelation": "\(popularityCorrelation)",
            "augmentation.meanLength": "\(meanLength.drawn)",
            "augmentation.meanLengthOfRealUsers": "\(meanLength.real)",
        ]
        if let test {
            notes["augmentation.discrepancy"] = "\(test.discrepancy)"
            notes["augmentation.pValue"] = "\(test.pValue)"
        }
        return notes
    }

    private static func shares(_ users: [[Int32]], _ itemCount: Int) -> [Double] {
        var counts = [Double](repeating: 0, count: itemCount)
        for item in users.joined() { counts[Int(item)] += 1 }
        return counts.map { $0 / Double(max(users.count, 1)) }
    }

    private static func meanLength(_ users: [[Int32]]) -> Double {
        Double(users.reduce(0) { $0 + $1.count }) / Double(max(users.count, 1))
    }

    /// Pearson's; 0 where one of them is constant.
    static func correlation(_ x: [Double], _ y: [Double]) -> Double {
        let count = Double(max(x.count, 1))
        let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
        var (both, squareX, squareY) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            both += (a - meanX) * (b - meanY)
            squareX += (a - meanX) * (a - meanX)
            squareY += (b - meanY) * (b - meanY)
        }
        let product = squareX * squareY
        return product == 0 ? 0 : both / product.squareRoot()
    }
}
