import Logging
import Synchronization

/// A logger for a test that looks at what is logged.
package final class RecordedLog: Sendable {
    private let entries = Mutex<[Logger.Metadata]>([])

    package init() {}

    /// The metadata of each line so far.
    package var metadata: [Logger.Metadata] { entries.withLock { $0 } }

    package var logger: Logger {
        Logger(label: "test") { [self] _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace

        init(log: RecordedLog) {
            self.log = log
        }

        func log(event: LogEvent) {
            log.entries.withLock { $0.append(event.metadata ?? [:]) }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
    }
}
