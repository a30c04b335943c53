import Store
import Synchronization

/// The models in service by name. A swap is one exchange; a request that took the old one keeps it.
///
/// Reads: event loops. Writes: whoever activates a version.
package final class ModelSlots: Sendable {
    private struct Slot {
        var model: ServedModel
        /// The deployment that put it here.
        var deployment: Int64
    }

    private let slots = Mutex<[String: Slot]>([:])

    package init() {}

    package func current(_ name: String) -> ServedModel? {
        slots.withLock { $0[name]?.model }
    }

    /// Puts a model in the place of its name. Of two swaps at once the deployment that the store
    /// recorded later wins, whoever comes first here.
    package func swap(in model: ServedModel, for deployment: Deployment) {
        // The old model is released after the lock, where this was its last reference.
        let old = slots.withLock { slots -> ServedModel? in
            let old = slots[model.name]
            if let old, old.deployment > deployment.id { return nil }
            slots[model.name] = Slot(model: model, deployment: deployment.id)
            return old?.model
        }
        _ = old
    }
}
