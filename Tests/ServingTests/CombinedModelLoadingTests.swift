import Recommenders
import Store
import Support
import TestSupport
import Testing

@testable import Serving

/// A blend is stored as its weights and the versions that it is made of.
@Suite struct CombinedModelLoadingTests {
    private let database: TemporaryStore
    private let items = ItemDirectory()
    private let slots = ModelSlots()
    private let loader: ModelLoader

    init() throws {
        database = try TemporaryStore()
        items.put([.make(0, "a"), .make(1, "b"), .make(2, "c")])
        loader = ModelLoader(reader: database.store.reader, items: items, slots: slots)
    }

    /// Popularity and EASE as version 1 each, on other numberings, and a blend of the two.
    private func putBlend() async throws -> ModelCheckpoint {
        let popularity = try TestCheckpoint.make(items: ["c", "a"], counts: [5, 1])
        let ease = try TestCheckpoint.ease(items: ["a", "b", "c"])
        for part in [popularity, ease] {
            _ = try await database.store.putCheckpoint(part.encoded(), model: part.family)
        }
        let blend = try TestCheckpoint.blend(
            items: ["b", "c", "a"], of: ["popularity": (1, popularity), "ease": (1, ease)])
        _ = try await database.store.putCheckpoint(
            blend.encoded(), model: "blend", components: try blend.components())
        return blend
    }

    /// The stored sample scores are verified in the loader, of the blend as of the others.
    @Test func loadsTheVersionsThatItIsMadeOf() async throws {
        let blend = try await putBlend()
        #expect(try blend.components() == ["popularity": 1, "ease": 1])
        let model = try await loader.load(model: "blend", version: 1)
        #expect(model.items == [ItemKey(1), ItemKey(2), ItemKey(0)])
        #expect(
            (model.recommender as? any CombiningRecommender)?.componentNames == [
                "ease", "popularity",
            ])
        #expect(blend.samples.largestDifference(from: model.recommender) < 1e-6)
    }

    /// Where a version is in service, its memory is used: here another model under its name.
    @Test func sharesAVersionThatIsInService() async throws {
        let blend = try await putBlend()
        func serve(_ counts: [Int], version: Int) throws {
            slots.swap(
                in: ServedModel(
                    name: "popularity", version: version,
                    recommender: try TestCheckpoint.popularity(counts),
                    items: [ItemKey(2), ItemKey(0)]),
                for: .make(Int64(version), version: version))
        }
        try serve([1, 5], version: 1)
        await #expect {
            _ = try await loader.load(model: "blend", version: 1)
        } throws: { error in
            if case ModelLoader.Refusal.scoresDiffer("blend", 1, _) = error { true } else { false }
        }
        try serve([1, 5], version: 2)
        let model = try await loader.load(model: "blend", version: 1)
        #expect(blend.samples.largestDifference(from: model.recommender) < 1e-6)
    }

    @Test func refusesABlendWhoseComponentIsGone() async throws {
        let blend = try await putBlend()
        var orphan = blend
        orphan.origin["component.ease"] = "9"
        _ = try await database.store.putCheckpoint(orphan.encoded(), model: "blend")
        await expectRefusal(of: 2, naming: "ease")
        orphan.origin["component.ease"] = nil
        _ = try await database.store.putCheckpoint(orphan.encoded(), model: "blend")
        await #expect {
            _ = try await loader.load(model: "blend", version: 3)
        } throws: { error in
            if case ModelLoader.Refusal.damaged("blend", 3, _) = error { true } else { false }
        }
    }

    @Test func refusesABlendWhoseComponentIsDamaged() async throws {
        let blend = try await putBlend()
        _ = try await database.store.putCheckpoint(Array("rubbish".utf8), model: "ease")
        var broken = blend
        broken.origin["component.ease"] = "2"
        _ = try await database.store.putCheckpoint(broken.encoded(), model: "blend")
        await expectRefusal(of: 2, naming: "ease version 2 is damaged")
    }

    private func expectRefusal(of version: Int, naming text: String) async {
        await #expect {
            _ = try await loader.load(model: "blend", version: version)
        } throws: { error in
            guard case ModelLoader.Refusal.component("blend", version, _) = error else {
                return false
            }
            return "\(error)".contains(text)
        }
    }

    @Test func carriesTheMetricsOfItsVersion() async throws {
        let bytes = try TestCheckpoint.make(items: ["a"], counts: [1]).encoded()
        let info = try await database.store.beginCheckpoint(model: "popularity", watermark: .zero)
        try await database.store.appendCheckpointPart(info.id, bytes)
        _ = try await database.store.finishCheckpoint(
            info.id, checksum: CheckpointChecksum.sha256(of: bytes), byteCount: bytes.count,
            metrics: #"{"ndcg@10":0.25,"validation.users[1-9]":60}"#)
        let model = try await loader.load(model: "popularity", version: info.version)
        #expect(model.metrics == ["ndcg@10": 0.25, "validation.users[1-9]": 60])
    }
}
