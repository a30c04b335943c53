import Foundation
import Synchronization

/// A moment of a clock that only goes forward, in nanoseconds since some start.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (lhs: MonotonicTime, rhs: MonotonicTime) -> Bool {
        lhs.nanoseconds < rhs.nanoseconds
    }

    package static func - (lhs: MonotonicTime, rhs: MonotonicTime) -> Duration {
        .nanoseconds(lhs.nanoseconds - rhs.nanoseconds)
    }

    package static func + (lhs: MonotonicTime, rhs: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = rhs.components
        return MonotonicTime(
            nanoseconds: lhs.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

/// Where an event loop's "now" comes from. Injected, so that tests own the time.
package protocol MonotonicClock: Sendable {
    func now() -> MonotonicTime
}

/// CLOCK_MONOTONIC.
package struct SystemMonotonicClock: MonotonicClock {
    package init() {}

    package func now() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// A clock that moves only when it is told to.
package final class ManualMonotonicClock: MonotonicClock {
    private let current = Mutex(MonotonicTime(nanoseconds: 0))

    package init() {}

    package func now() -> MonotonicTime {
        current.withLock { $0 }
    }

    package func advance(by duration: Duration) {
        current.withLock { $0 = $0 + duration }
    }
}
