import Synchronization

/// Whether what is written gets to the disk. Written by the store's writer thread, after a write that
/// failed and after the probe of its own that succeeds again; read by anybody.
package final class StorageHealth: Sendable {
    private struct State {
        var fault: StorageFault?
        var observers: [@Sendable (StorageFault?) -> Void] = []
    }

    private let state = Mutex(State())

    /// What made a write fail, until the disk takes one again.
    package var fault: StorageFault? { state.withLock { $0.fault } }

    /// Calls back on the writer's thread when a fault appears, changes or ends.
    package func observe(_ observer: @escaping @Sendable (StorageFault?) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    func note(_ fault: StorageFault?) {
        let observers = state.withLock { state in
            defer { state.fault = fault }
            return state.fault == fault ? [] : state.observers
        }
        for tell in observers { tell(fault) }
    }
}
