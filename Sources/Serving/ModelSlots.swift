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

    private struct State {
        var slots: [String: Slot] = [:]
        var choice = ModelChoice(among: [])
    }

    private let state = Mutex(State())

    package init() {}

    package func current(_ name: String) -> ServedModel? {
        state.withLock { $0.slots[name]?.model }
    }

    /// What `auto` takes among the models in service.
    package var choice: ModelChoice { state.withLock { $0.choice } }

    /// The version in service of each model that has one.
    package var versions: [String: Int] {
        state.withLock { $0.slots.mapValues(\.model.version) }
    }

    /// Puts a model in the place of its name. Of two swaps at once the deployment that the store
    /// recorded later wins, whoever comes first here.
    package func swap(in model: ServedModel, for deployment: Deployment) {
        // The old model is released after the lock, where this was its last reference.
        let old = state.withLock { state -> State? in
            if let old = state.slots[model.name], old.deployment > deployment.id { return nil }
            let old = state
            state.slots[model.name] = Slot(model: model, deployment: deployment.id)
            state.choice = ModelChoice(among: state.slots.values.map(\.model))
            return old
        }
        _ = old
    }
}
