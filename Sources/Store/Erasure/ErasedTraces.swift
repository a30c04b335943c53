import Synchronization

/// Whether the write-ahead log may still hold what was erased.
///
/// Written by the writer's thread, read by whoever waits for an erasure's end.
final class ErasedTraces: Sendable {
    private enum State {
        case none, new, tried
    }

    private let state: Mutex<State>

    init(arePending: Bool) {
        state = Mutex(arePending ? .tried : .none)
    }

    /// Nothing was tried yet.
    var areNew: Bool { state.withLock { $0 == .new } }

    var arePending: Bool { state.withLock { $0 != .none } }

    func note() { state.withLock { $0 = .new } }

    func noteTry(succeeded: Bool) { state.withLock { $0 = succeeded ? .none : .tried } }
}
