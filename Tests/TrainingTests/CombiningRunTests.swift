import Events
import Recommenders
import Store
import Support
import TestSupport
import Testing
import TrainerPipe

@testable import Training

/// The trainer's second run: models that are made of the ones in service.
@Suite struct CombiningRunTests {
    private let database: TemporaryStore

    init() throws { database = try TemporaryStore() }

    private func run(
        _ models: [String], incumbents: [String: Int] = [:], blend: [String: Double] = [:]
    ) throws -> Recorded {
        let request = TrainerRequest(
            database: database.path, models: models,
            settings: ["blend": ["popularity": 1].merging(blend) { $1 }], meanings: [:],
            incumbents: incumbents, isWarm: true, seed: 1, workers: 1, memoryBytes: 1 << 30,
            niceness: 0)
        let output = Recorded()
        let reader = try Store.openReadOnly(path: database.path, meanings: EventMeanings())
        try TrainingRun(request, reader: reader, output: output).run()
        return output
    }

    /// 200 users like five items each, and `popularity` and `ease` are stored as version 1.
    private func prepare() async throws {
        for user in 0..<200 {
            try await database.store.append(
                (0..<5).map { ("u\(user)", "like", "i\((user + $0) % 8)") })
        }
        for model in ["popularity", "ease"] {
            _ = try await database.store.putCheckpoint(try run([model]).bytes, model: model)
        }
    }

    private func header(_ output: Recorded) throws -> CheckpointHeader {
        let headers = output.messages.compactMap { message in
            if case .checkpointBegins(let header) = message { header } else { nil }
        }
        return try #require(headers.first, "\(output.messages)")
    }

    @Test func combinesTheVersionsInService() async throws {
        try await prepare()
        // A like after that: the log has one item more than the versions know.
        try await database.store.append([("u0", "like", "new")])
        let output = try run(["blend"], incumbents: ["popularity": 1, "ease": 1, "vae": 3])
        let header = try header(output)
        #expect(header.model == "blend" && header.comparison.incumbentVersion == nil)
        #expect(header.start == "fresh: blend weighs anew each time")
        let checkpoint = try ModelCheckpoint(decoding: output.bytes)
        #expect(checkpoint.items.count == 9)
        #expect(try checkpoint.components() == header.components)
        #expect(!header.components.isEmpty)
        for (name, version) in header.components {
            #expect(["popularity": 1, "ease": 1][name] == version)
        }
        #expect(header.metrics["validation.ndcg@10"] ?? 0 > 0)
        #expect(header.metrics["ndcg@10"] == header.comparison.candidate)
    }

    @Test func isComparedWithTheCombinationInService() async throws {
        try await prepare()
        let service = ["popularity": 1, "ease": 1]
        let first = try run(["blend"], incumbents: service, blend: ["learnt": 0])
        _ = try await database.store.putCheckpoint(
            first.bytes, model: "blend", components: try header(first).components)
        let again = try run(
            ["blend"], incumbents: service.merging(["blend": 1]) { $1 }, blend: ["learnt": 0])
        let comparison = try header(again).comparison
        #expect(comparison.incumbentVersion == 1)
        #expect(comparison.difference == 0 && comparison.users > 0 && comparison.candidate > 0)
        // One whose component can't be read any more is compared with popularity.
        var orphan = try ModelCheckpoint(decoding: first.bytes)
        orphan.origin["component.ease"] = "9"
        _ = try await database.store.putCheckpoint(orphan.encoded(), model: "blend")
        let last = try run(
            ["blend"], incumbents: service.merging(["blend": 2]) { $1 }, blend: ["learnt": 0])
        #expect(try header(last).comparison.incumbentVersion == nil)
    }

    @Test func skipsWhatHasTooFewComponents() async throws {
        try await prepare()
        let output = try run(["blend"], incumbents: ["ease": 1])
        #expect(
            output.messages == [
                .skipped(
                    model: "blend",
                    reason: "a combination needs two models or more in service, and there is ease"),
                .finished,
            ])
    }
}
