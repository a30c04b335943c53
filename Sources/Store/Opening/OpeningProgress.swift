import Foundation
import GRDB
import Support

/// What opening a database does that takes long where the log is.
package enum OpeningStep: Sendable, Equatable, CustomStringConvertible {
    case migration(String)
    /// Half-life or meanings of events were configured otherwise since.
    case popularity

    package var description: String {
        switch self {
        case .migration(let name): "migrating the database: \(name)"
        case .popularity: "counting the items' popularity anew from the log"
        }
    }
}

package enum OpeningProgress: Sendable, Equatable, CustomStringConvertible {
    case begins(OpeningStep)
    case ended(OpeningStep, after: Duration)

    package var description: String {
        switch self {
        case .begins(let step): "\(step)"
        case .ended(let step, let duration):
            "\(step): done in \(String(format: "%.1f", duration.inSeconds)) s"
        }
    }
}

/// Tells of the steps of an opening, before and after each. An empty log makes none of them long.
struct OpeningReporter {
    private let tell: ((OpeningProgress) -> Void)?

    init(_ db: Database, _ tell: @escaping (OpeningProgress) -> Void) throws {
        let hasEvents =
            try db.tableExists("events")
            && Row.fetchOne(db, sql: "SELECT 1 FROM events LIMIT 1") != nil
        self.tell = hasEvents ? tell : nil
    }

    func report(_ step: OpeningStep, _ body: () throws -> Void) rethrows {
        guard let tell else { return try body() }
        let start = ContinuousClock.now
        tell(.begins(step))
        try body()
        tell(.ended(step, after: .now - start))
    }
}
