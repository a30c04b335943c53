import Synchronization

/// A request's content while it is still arriving, for one consumer.
///
/// Meeting place of two threads: the connection's event loop supplies, finishes and fails; the
/// handler's task takes. When more than `highWater` bytes wait here, the connection stops reading
/// its socket, until the consumer has emptied the stream and `onDrained` has told the connection.
package final class BodyStream: BodySource {
    fileprivate struct State {
        var buffered: [UInt8] = []
        var end: Result<Void, Problem>?
        var isPaused = false
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
    }

    /// What `next` finds.
    fileprivate enum Found {
        case part([UInt8], resumesSupplier: Bool)
        case end(Result<Void, Problem>)
        case cancelled
        case nothingYet
    }

    private let state = Mutex(State())
    private let highWater: Int
    private let onDrained: @Sendable () -> Void

    /// - Parameter onDrained: Called, on the consumer's thread, when a supplier that was told to
    ///   pause may go on.
    package init(highWater: Int = 256 * 1024, onDrained: @escaping @Sendable () -> Void = {}) {
        self.highWater = highWater
        self.onDrained = onDrained
    }

    /// All that has arrived since the last call, waiting for something to arrive; nil at the end.
    ///
    /// - Throws: `Problem` when the client broke off, was too slow or broke the protocol;
    ///   `CancellationError` when the task is cancelled.
    /// - Precondition: One call at a time.
    package func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                resume(continuation, with: state.withLock { $0.take(orWait: continuation) })
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume(throwing: CancellationError())
        }
    }

    /// Adds a part. False when the supplier shall pause until `onDrained`.
    package func supply(_ part: [UInt8]) -> Bool {
        let (waiter, goesOn) = state.withLock { state in
            if let waiter = state.takeWaiter() { return (Optional(waiter), true) }
            state.buffered += part
            state.isPaused = state.buffered.count > highWater
            return (nil, !state.isPaused)
        }
        waiter?.resume(returning: part)
        return goesOn
    }

    /// The content is complete.
    package func finish() { end(with: .success(())) }

    /// Nothing more will come; what came before can still be read.
    package func fail(_ problem: Problem) { end(with: .failure(problem)) }

    private func end(with result: Result<Void, Problem>) {
        let waiter = state.withLock { state in
            if state.end == nil { state.end = result }
            return state.takeWaiter()
        }
        waiter?.resume(with: result.asPart)
    }

    private func resume(
        _ continuation: CheckedContinuation<[UInt8]?, any Error>, with found: Found
    ) {
        switch found {
        case .part(let part, let resumesSupplier):
            if resumesSupplier { onDrained() }
            continuation.resume(returning: part)
        case .end(let result): continuation.resume(with: result.asPart)
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .nothingYet: break
        }
    }
}

extension BodyStream.State {
    fileprivate mutating func take(
        orWait continuation: CheckedContinuation<[UInt8]?, any Error>
    ) -> BodyStream.Found {
        precondition(waiter == nil, "a body stream has one consumer")
        if !buffered.isEmpty {
            defer { (buffered, isPaused) = ([], false) }
            return .part(buffered, resumesSupplier: isPaused)
        }
        if let end { return .end(end) }
        if Task.isCancelled { return .cancelled }
        waiter = continuation
        return .nothingYet
    }

    fileprivate mutating func takeWaiter() -> CheckedContinuation<[UInt8]?, any Error>? {
        defer { waiter = nil }
        return waiter
    }
}

extension Result<Void, Problem> {
    /// The end of a stream as `next` tells of it.
    fileprivate var asPart: Result<[UInt8]?, any Error> {
        switch self {
        case .success: .success(nil)
        case .failure(let problem): .failure(problem)
        }
    }
}
