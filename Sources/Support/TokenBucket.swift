/// How much a token bucket lets through: so many at once, and then so many each second.
package struct BucketRate: Sendable, Equatable {
    fileprivate let interval: Int64
    fileprivate let tolerance: Int64

    /// - Precondition: Both are positive.
    package init(perSecond: Double, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "\(perSecond) a second, \(burst) at once")
        interval = max(1, Int64(1e9 / perSecond))
        tolerance = interval.multipliedReportingOverflow(by: Int64(burst - 1)).partialValue
    }
}

/// A token bucket as one number: when it will be full again.
///
/// Reference: the generic cell rate algorithm (ITU-T I.371, Annex A), in its form as a virtual
/// scheduling algorithm. It accepts exactly what a bucket of `burst` tokens accepts that gets
/// `perSecond` tokens each second.
package struct TokenBucket: Sendable {
    package private(set) var fullAt = Int64.min

    package init() {}

    /// Takes a token at a moment, in nanoseconds of a clock that only goes forward.
    ///
    /// - Returns: Nil where there was one; else the nanoseconds until there is.
    package mutating func take(at now: Int64, _ rate: BucketRate) -> Int64? {
        if let wait = wait(at: now, rate) { return wait }
        fullAt = max(fullAt, now) + rate.interval
        return nil
    }

    /// The same answer, with no token taken.
    package func wait(at now: Int64, _ rate: BucketRate) -> Int64? {
        let missing = max(fullAt, now) - now - rate.tolerance
        return missing > 0 ? missing : nil
    }
}
