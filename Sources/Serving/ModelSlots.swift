import Synchronization

/// The models in service by name. A swap is one exchange; a request that took the old one keeps it.
///
/// Reads: event loops. Writes: whoever activates a version.
package final class ModelSlots: Sendable {
    private let slots = Mutex<[String: ServedModel]>([:])

    package init() {}

    package func current(_ name: String) -> ServedModel? {
        slots.withLock { $0[name] }
    }

    package func swap(in model: ServedModel) {
        // The old model is released after the lock, where this was its last reference.
        let old = slots.withLock { slots in
            let old = slots[model.name]
            slots[model.name] = model
            return old
        }
        _ = old
    }
}
