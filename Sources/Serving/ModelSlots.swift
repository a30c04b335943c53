import Store
import Synchronization

/// The models in service by name. A swap is one exchange; a request that took the old one keeps it.
///
/// Reads: event loops. Writes: whoever activates a version, through `swap`; the store's writer
/// thread, through `add`, before a put is acknowledged.
package final class ModelSlots: Sendable {
    private struct Slot {
        var model: ServedModel
        /// The deployment that put it here.
        var deployment: Int64
    }

    /// A version on its way from the store into service.
    package struct Loading: Hashable, Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var slots: [String: Slot] = [:]
        /// What was put since each load began: the load may have read the catalogue before.
        var arrived: [Loading: [StoredContent]] = [:]
        var loadCount = 0
        var choice = ModelChoice(among: [])

        /// Puts the model in its place, and chooses anew.
        mutating func put(_ model: ServedModel, deployment: Int64) {
            slots[model.name] = Slot(model: model, deployment: deployment)
            choice = ModelChoice(among: slots.values.map(\.model))
        }
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

    /// To be called before the catalogue is read for a load; from here on nothing is missed.
    package func beginLoading() -> Loading {
        state.withLock { state in
            state.loadCount += 1
            let loading = Loading(number: state.loadCount)
            state.arrived[loading] = []
            return loading
        }
    }

    /// Ends a load, whether or not it came into service.
    package func endLoading(_ loading: Loading) {
        state.withLock { $0.arrived[loading] = nil }
    }

    /// Puts a model in the place of its name. Of two swaps at once the deployment that the store
    /// recorded later wins, whoever comes first here.
    ///
    /// - Parameter loading: The model's load, whose arrivals it gets first; nil for a model that
    ///   was not loaded from the store.
    package func swap(
        in model: ServedModel, for deployment: Deployment, after loading: Loading? = nil
    ) {
        var model = model
        while true {
            // The old model is released after the lock, where this was its last reference.
            let outcome = state.withLock { state -> (arrived: [StoredContent], old: State?) in
                if let loading, let arrived = state.arrived[loading], !arrived.isEmpty {
                    state.arrived[loading] = []
                    return (arrived, nil)
                }
                let old = state
                if let slot = old.slots[model.name], slot.deployment > deployment.id {
                    return ([], nil)
                }
                state.put(model, deployment: deployment.id)
                return ([], old)
            }
            if outcome.arrived.isEmpty { return }
            model = model.adding(outcome.arrived)
        }
    }

    /// Lets every model in service that knows items by their contents rank these too.
    ///
    /// The work is done outside the lock, so that no request waits for it. Only one thread may
    /// call this; a swap meanwhile is noticed, and the new model gets the items as well.
    package func add(_ contents: [StoredContent]) {
        var waiting = state.withLock { state in
            for loading in state.arrived.keys { state.arrived[loading]? += contents }
            return state.slots.values.map(\.model)
        }
        while let model = waiting.popLast() {
            let extended = model.adding(contents)
            if extended === model { continue }
            let swappedIn = state.withLock { state -> ServedModel? in
                guard let current = state.slots[model.name] else { return nil }
                if current.model !== model { return current.model }
                state.put(extended, deployment: current.deployment)
                return nil
            }
            if let swappedIn { waiting.append(swappedIn) }
        }
    }
}
