import HTTP
import Synchronization

/// Content whose parts come one at a time, each when it is asked for.
final class PartedBody: BodySource {
    private let parts: Mutex<ArraySlice<[UInt8]>>
    private let end: Result<Void, Problem>

    init(_ parts: [[UInt8]], _ end: Result<Void, Problem> = .success(())) {
        self.parts = Mutex(parts[...])
        self.end = end
    }

    func next() async throws -> [UInt8]? {
        if let part = parts.withLock({ $0.popFirst() }) { return part }
        try end.get()
        return nil
    }
}

/// Tells when it is read.
final class WatchedBody: BodySource {
    private let source: any BodySource
    private let onRead: @Sendable () -> Void

    init(_ source: any BodySource, onRead: @escaping @Sendable () -> Void) {
        self.source = source
        self.onRead = onRead
    }

    func next() async throws -> [UInt8]? {
        onRead()
        return try await source.next()
    }
}
