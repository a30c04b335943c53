import Foundation
import Support

/// How often something happened, where a half-life makes older times count less.
///
/// Keeps log2 Σ 2^(time / halfLife): then nothing needs to be aged as time goes by, and the score
/// at any moment t is 2^(log2Score − t / halfLife).
package struct DecayedCount: Sendable, Equatable {
    package private(set) var eventCount: Int
    package private(set) var log2Score: Double

    package init() {
        eventCount = 0
        log2Score = -.infinity
    }

    init(eventCount: Int, log2Score: Double) {
        self.eventCount = eventCount
        self.log2Score = log2Score
    }

    package mutating func add(_ time: Timestamp, halfLife: HalfLife) {
        eventCount += 1
        log2Score = Self.log2Sum(log2Score, halfLife.halvings(to: time))
    }

    /// Adds events of one time.
    mutating func add(_ time: Timestamp, count: Int, halfLife: HalfLife) {
        add(
            DecayedCount(
                eventCount: count, log2Score: log2(Double(count)) + halfLife.halvings(to: time)))
    }

    package mutating func add(_ other: DecayedCount) {
        eventCount += other.eventCount
        log2Score = Self.log2Sum(log2Score, other.log2Score)
    }

    /// Takes events of one time back. The last one leaves exactly nothing.
    package mutating func remove(_ time: Timestamp, count: Int = 1, halfLife: HalfLife) {
        eventCount = max(0, eventCount - count)
        let rest = 1 - Double(count) * exp2(halfLife.halvings(to: time) - log2Score)
        log2Score = eventCount > 0 && rest > 0 ? log2Score + log2(rest) : -.infinity
    }

    /// What is left of the count at the given moment.
    package func score(at time: Timestamp, halfLife: HalfLife) -> Double {
        exp2(log2Score - halfLife.halvings(to: time))
    }

    /// log2(2^a + 2^b), without leaving the range of a Double.
    private static func log2Sum(_ a: Double, _ b: Double) -> Double {
        let larger = max(a, b)
        guard larger > -.infinity else { return larger }
        return larger + log2(1 + exp2(min(a, b) - larger))
    }
}

/// The time after which an event counts half.
package struct HalfLife: Sendable, Equatable {
    package let days: Double

    package init(days: Double) {
        precondition(days > 0, "a half-life of \(days) days")
        self.days = days
    }

    /// How often the half-life fits between 1970 and the time.
    package func halvings(to time: Timestamp) -> Double {
        Double(time.milliseconds) / (days * 86_400_000)
    }
}
