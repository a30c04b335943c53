import Foundation
import Synchronization

/// Where "now" comes from. Injected, so that tests own the time.
package protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The system's clock.
package struct SystemWallClock: WallClock {
    package init() {}

    package func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

/// A clock that moves only when it is told to.
package final class ManualWallClock: WallClock {
    private let current: Mutex<Timestamp>

    package init(_ start: Timestamp) {
        current = Mutex(start)
    }

    package func now() -> Timestamp {
        current.withLock { $0 }
    }

    package func advance(by duration: Duration) {
        current.withLock { $0 = $0 + duration }
    }
}
