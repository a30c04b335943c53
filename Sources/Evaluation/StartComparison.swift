/// How validation went, epoch by epoch, from new weights and from an earlier model's: what a warm
/// start saves at equal quality.
package struct StartComparison: Sendable {
    /// What was measured after an epoch; 0 is before any training.
    package struct Point: Sendable, Equatable {
        package var epoch: Int
        package var value: Double

        package init(epoch: Int, value: Double) {
            self.epoch = epoch
            self.value = value
        }
    }

    /// The first epoch of each that reaches a value.
    package struct Arrival: Sendable, Equatable {
        package var value: Double
        package var fresh: Int
        package var warm: Int

        /// How many epochs fewer the warm one takes.
        package var saved: Int { fresh - warm }
    }

    package let fresh: [Point]
    package let warm: [Point]

    /// - Parameters:
    ///   - fresh: From new weights, in the order of the epochs.
    ///   - warm: From an earlier model's.
    package init(fresh: [Point], warm: [Point]) {
        self.fresh = fresh
        self.warm = warm
    }

    /// The best of a curve, the first of equals; nil for an empty one.
    package static func best(_ curve: [Point]) -> Point? {
        curve.reduce(nil) { best, point in
            best.map { point.value > $0.value ? point : $0 } ?? point
        }
    }

    /// When each reaches a share of what both reach: of the lower of their two best values.
    ///
    /// - Returns: Nil where one of them is empty.
    package func arrival(atShare share: Double) -> Arrival? {
        guard let bestFresh = Self.best(fresh), let bestWarm = Self.best(warm) else { return nil }
        let value = share * min(bestFresh.value, bestWarm.value)
        guard let first = fresh.first(where: { $0.value >= value }),
            let second = warm.first(where: { $0.value >= value })
        else { return nil }
        return Arrival(value: value, fresh: first.epoch, warm: second.epoch)
    }
}
