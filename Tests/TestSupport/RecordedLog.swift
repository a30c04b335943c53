import Logging
import Synchronization

/// A logger for a test that looks at what is logged.
package final class RecordedLog: Sendable {
    private let events = Mutex<[LogEvent]>([])

    package init() {}

    /// The metadata of each line so far.
    package var metadata: [Logger.Metadata] {
        events.withLock { $0.map { $0.metadata ?? [:] } }
    }

    /// Each line so far that is a warning or worse: level, message, metadata by name.
    package var warnings: [String] {
        events.withLock { $0.filter { $0.level >= .warning }.map(Self.line) }
    }

    package var logger: Logger {
        Logger(label: "test") { [self] _ in Handler(log: self) }
    }

    private static func line(_ event: LogEvent) -> String {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }
        return "\(event.level): \(event.message)" + fields.joined()
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace

        init(log: RecordedLog) {
            self.log = log
        }

        func log(event: LogEvent) {
            log.events.withLock { $0.append(event) }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
    }
}
