import Logging
import Serving
import Store

/// Which version of each model is in service: what the store remembers and the slots serve.
package struct Deployments: Sendable {
    package enum Refusal: Error, Equatable {
        case unknownVersion(model: String, version: Int)
        case nothingToRollBackTo(model: String)
        /// The version is stored, but can't be served; the reason says why.
        case notServable(model: String, version: Int, reason: String)
    }

    private let store: Store
    private let loader: ModelLoader
    private let slots: ModelSlots

    package init(store: Store, loader: ModelLoader, slots: ModelSlots) {
        self.store = store
        self.loader = loader
        self.slots = slots
    }

    /// Verifies the version, records it as deployed, then swaps it in: what is served is always
    /// what a restart would serve.
    package func activate(model: String, version: Int, reason: String) async throws {
        let loading = slots.beginLoading()
        defer { slots.endLoading(loading) }
        let served = try await load(model: model, version: version)
        let deployment = try await store.activate(model: model, version: version, reason: reason)
        slots.swap(in: served, for: deployment, after: loading)
    }

    /// The version in service; nil while the fallback answers.
    func version(of model: String) -> Int? {
        slots.current(model)?.version
    }

    /// Goes back to the version that was in service before the current one.
    ///
    /// - Returns: The version now in service.
    package func rollBack(model: String) async throws -> Int {
        guard let previous = try await store.reader.deployment(of: model)?.rollbackVersion else {
            throw Refusal.nothingToRollBackTo(model: model)
        }
        let loading = slots.beginLoading()
        defer { slots.endLoading(loading) }
        var served = try await load(model: model, version: previous)
        let deployment = try await store.rollback(model: model, reason: "rolled back by hand")
        if deployment.version != previous {  // another version was activated meanwhile
            served = try await load(model: model, version: deployment.version)
        }
        slots.swap(in: served, for: deployment, after: loading)
        return deployment.version
    }

    private func load(model: String, version: Int) async throws -> ServedModel {
        guard let info = try await store.reader.checkpoint(model: model, version: version),
            info.state != .writing
        else { throw Refusal.unknownVersion(model: model, version: version) }
        do {
            return try await loader.load(model: model, version: version)
        } catch let refusal as ModelLoader.Refusal {
            try await store.setCheckpointState(
                model: model, version: version, .broken, reason: "\(refusal)")
            throw Refusal.notServable(model: model, version: version, reason: "\(refusal)")
        }
    }

    /// Brings what was in service back after a start. A version that can't be served any more is
    /// reported and left out: the fallback answers in its place.
    package func restore(logger: Logger) async throws {
        let deployments = try await store.reader.deployments()
        // What is made of others shares their memory where they are there first.
        let others = deployments.filter { !ModelLoader.combines($0.model) }
        for deployment in others + deployments.filter({ ModelLoader.combines($0.model) }) {
            let loading = slots.beginLoading()
            defer { slots.endLoading(loading) }
            do {
                let served = try await loader.load(
                    model: deployment.model, version: deployment.version)
                slots.swap(in: served, for: deployment, after: loading)
            } catch {
                logger.error(
                    "model not restored",
                    metadata: [
                        "model": "\(deployment.model)", "version": "\(deployment.version)",
                        "reason": "\(error)",
                    ])
            }
        }
    }
}
