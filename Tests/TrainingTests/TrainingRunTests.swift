import Events
import GRDB
import NeuralNetwork
import Recommenders
import Support
import Synchronization
import TestSupport
import Testing
import TrainerPipe

@testable import Store
@testable import Training

/// Keeps what the run says.
final class Recorded: TrainingRun.Output {
    private let state = Mutex<(messages: [TrainerMessage], bytes: [UInt8])>(([], []))

    /// Without what the preprocessing says, which comes first.
    var messages: [TrainerMessage] {
        state.withLock { $0.messages }.filter { if case .preprocessed = $0 { false } else { true } }
    }
    var first: TrainerMessage? { state.withLock { $0.messages.first } }
    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var headers: [CheckpointHeader] {
        messages.compactMap { if case .checkpointBegins(let header) = $0 { header } else { nil } }
    }
    /// What each checkpoint says it started from.
    var starts: [String] { headers.map(\.start) }
    /// The epochs that were reported.
    var epochs: [Int] {
        messages.compactMap { if case .progress(let progress) = $0 { progress.epoch } else { nil } }
    }

    func report(_ message: TrainerMessage) { state.withLock { $0.messages.append(message) } }

    func sendParts(of bytes: [UInt8]) { state.withLock { $0.bytes += bytes } }
}

@Suite struct TrainingRunTests {
    private let database: TemporaryStore
    private let output = Recorded()

    init() throws { database = try TemporaryStore() }

    private static let small: [String: Double] = [
        "epochs": 3, "patience": 3, "hiddenSize": 8, "latentSize": 4, "learningRate": 0.01,
    ]

    private func run(
        _ models: [String], settings: [String: [String: Double]] = ["vae": small],
        incumbents: [String: Int] = [:], isWarm: Bool = true, forgetting: [String] = [],
        into output: Recorded? = nil,
        preprocessing: PreprocessingSettings = PreprocessingSettings(),
        extra: ModelFamily? = nil
    ) throws {
        let request = TrainerRequest(
            database: database.path, models: models, settings: settings, meanings: [:],
            incumbents: incumbents, isWarm: isWarm, forgetting: forgetting, seed: 1, workers: 1,
            memoryBytes: 1 << 30,
            niceness: 0, preprocessing: preprocessing)
        let reader = try Store.openReadOnly(path: database.path, meanings: EventMeanings())
        let run = TrainingRun(request, reader: reader, output: output ?? self.output) { name in
            [SameCategory.family, extra].compactMap(\.self).first { $0.name == name }
                ?? ModelRegistry.family(named: name)
        }
        try run.run()
    }

    /// Trains the VAE and stores it as version 1, then runs again.
    private func runAgain(
        settings: [String: Double] = small, isWarm: Bool = true, forgetting: [String] = [],
        between change: () async throws -> Void = {}
    ) async throws -> Recorded {
        try await fillLog()
        try run(["vae"])
        _ = try await database.store.putCheckpoint(output.bytes, model: "vae")
        try await change()
        let again = Recorded()
        try run(
            ["vae"], settings: ["vae": settings], incumbents: ["vae": 1], isWarm: isWarm,
            forgetting: forgetting, into: again)
        return again
    }

    /// 40 users like five items each.
    private func fillLog() async throws {
        for user in 0..<40 {
            try await database.store.append(
                (0..<5).map { ("u\(user)", "like", "i\((user + $0) % 8)") })
        }
    }

    @Test func sendsProgressThenACheckpointThenTheEnd() async throws {
        try await fillLog()
        try run(["popularity"])
        let messages = output.messages
        #expect(messages.count == 4)
        guard case .progress(let progress) = messages[0],
            case .checkpointBegins(let header) = messages[1],
            case .checkpointEnds(let byteCount, let sha256) = messages[2]
        else {
            Issue.record("not in the order of the protocol: \(messages)")
            return
        }
        #expect(progress.epoch == 1 && progress.epochs == 1)
        #expect(header.model == "popularity")
        #expect(header.watermark == 200)
        #expect(header.comparison.incumbentVersion == nil)
        #expect(byteCount == output.bytes.count)
        #expect(sha256 == CheckpointChecksum.sha256(of: output.bytes))
        #expect(messages[3] == .finished)
        let checkpoint = try ModelCheckpoint(decoding: output.bytes)
        #expect(Set(checkpoint.items.map(\.rawValue)) == Set((0..<8).map { "i\($0)" }))
        #expect(checkpoint.origin["watermark"] == "200")
    }

    /// Half of the users have five likes, half have fifteen, of which a fifth is to be found.
    @Test func storesWhatValidationMeasuredForEachLengthOfHistory() async throws {
        for user in 0..<60 {
            try await database.store.append(
                (0..<(user % 2 == 0 ? 5 : 15)).map { ("u\(user)", "like", "i\((user + $0) % 30)") })
        }
        try run(["popularity"])
        let header = try #require(
            output.messages.compactMap { message in
                if case .checkpointBegins(let header) = message { header } else { nil }
            }.first)
        let metrics = header.metrics
        for metric in ValidationMetrics.all where metric.kind != .diversity {
            let value = try #require(metrics["validation.\(metric)"], "\(metric)")
            #expect(value.isFinite && value >= 0)
        }
        #expect(metrics["validation.diversity@10"] == nil)  // these items have no categories
        let few = try #require(metrics["validation.users[1-9]"])
        let some = try #require(metrics["validation.users[10-49]"])
        let all = try #require(metrics["validation.users"])
        #expect(few > 0 && some > 0 && few + some == all)
        let quality = try #require(metrics["validation.ndcg@10"])
        let parts = try ["1-9", "10-49"].map { try #require(metrics["validation.ndcg@10[\($0)]"]) }
        #expect(abs(quality * all - (parts[0] * few + parts[1] * some)) < 1e-9)
        #expect(metrics["validation.users[0]"] == nil)
        #expect(metrics["ndcg@10"] == header.comparison.candidate)
    }

    @Test func skipsWhatCannotBeTrainedAndGoesOn() async throws {
        try await fillLog()
        try run(["oracle", "ease", "popularity"], settings: ["ease": ["maxItems": 3]])
        let skipped = output.messages.compactMap { message in
            if case .skipped(let model, let reason) = message { (model, reason) } else { nil }
        }
        #expect(skipped.map(\.0) == ["oracle", "ease"])
        // It names the setting and says what to do.
        let reason = try #require(skipped.last?.1)
        #expect(reason.contains("its setting maxItems is 3. Raise that"), "\(reason)")
        #expect(reason.contains("train a model without such a bound"), "\(reason)")
        #expect(output.messages.last == .finished)
        #expect(!output.bytes.isEmpty)
    }

    /// Nothing keeps this generator from liking everything for everybody.
    private static let careless: [String: Double] = [
        "epochs": 200, "patience": 200, "hiddenSize": 8, "learningRate": 0.01, "penalty": 100,
    ]

    @Test func keepsTheBestEpochBeforeACollapseAndSaysSo() async throws {
        try await fillLog()
        try run(["gan"], settings: ["gan": Self.careless])
        let header = try #require(output.headers.first)
        let note = try #require(header.note)
        #expect(note.contains("the training collapsed: in epoch"), "\(note)")
        #expect(note.hasSuffix(" is kept"), "\(note)")
        #expect(output.epochs.count < 200)
        #expect(try ModelCheckpoint(decoding: output.bytes).origin["stopped"] == note)
    }

    /// It can't keep what it hasn't got.
    @Test func reportsAFailureWithoutAnEpochAndGoesOn() async throws {
        try await fillLog()
        let diverging = ModelFamily(
            name: "diverging", defaults: [:],
            makeLearner: { _, _ in throw TrainingError.notFinite(parameter: "loss", step: 1) },
            load: { _, _, _ in throw ModelError.nothingToLearnFrom })
        try run(["diverging", "popularity"], extra: diverging)
        let reasons = output.messages.compactMap { message in
            if case .skipped("diverging", let reason) = message { reason } else { nil }
        }
        #expect(reasons == ["the training diverged: loss is not finite after step 1"])
        #expect(output.headers.map(\.model) == ["popularity"])
        #expect(output.headers.map(\.note) == [nil])
    }

    /// Everybody buys one item and looks at another, likes one long ago and one today.
    @Test func whatEventsWeighReachesTheModel() async throws {
        for user in (0..<40).map({ "u\($0)" }) {
            try await database.store.append(
                [(user, "like", "old")], from: TemporaryStore.start + .seconds(-100 * 86_400))
            try await database.store.append([
                (user, "like", "new"), (user, "view", "seen"), (user, "purchase", "bought"),
                (user, "like", "always"),
            ])
        }
        func counts(halfLifeDays: Double) throws -> [String: Float] {
            var preprocessing = PreprocessingSettings()
            preprocessing.halfLifeDays = halfLifeDays
            let output = Recorded()
            try run(["popularity"], into: output, preprocessing: preprocessing)
            let checkpoint = try ModelCheckpoint(decoding: output.bytes)
            let counts = try #require(checkpoint.parameters.first { $0.name == "counts" })
            return Dictionary(
                uniqueKeysWithValues: zip(
                    checkpoint.items.map(\.rawValue), try counts.floats()))
        }
        func ratio(_ item: String, to other: String, _ counts: [String: Float]) throws -> Float {
            try #require(counts[item]) / #require(counts[other])
        }
        let plain = try counts(halfLifeDays: 0)
        #expect(abs(try ratio("bought", to: "seen", plain) - 5) < 0.001)
        #expect(abs(try ratio("new", to: "old", plain) - 1) < 0.001)
        let decayed = try counts(halfLifeDays: 100)
        #expect(abs(try ratio("bought", to: "seen", decayed) - 5) < 0.001)
        #expect(abs(try ratio("new", to: "old", decayed) - 2) < 0.001)
    }

    @Test func goesOnFromTheVersionInService() async throws {
        let again = try await runAgain()
        #expect(output.starts == ["fresh: no version is in service"])
        #expect(output.epochs == [1, 2, 3])
        #expect(again.starts == ["version 1"])
        #expect(again.epochs.starts(with: [0, 1]))
        guard case .progress(let start) = again.messages[0] else {
            Issue.record("\(again.messages[0])")
            return
        }
        #expect(start.metrics["loss"] == nil)
        #expect(try ModelCheckpoint(decoding: output.bytes).origin["start"] == "fresh")
        #expect(try ModelCheckpoint(decoding: again.bytes).origin["start"] == "version 1")
    }

    /// With no time to learn anything, what comes out is what went in, on today's items: i0 is
    /// gone, and i8 is new.
    @Test func keepsTheRowsOfItemsThatStayed() async throws {
        var still = Self.small
        still["learningRate"] = 0
        let again = try await runAgain(settings: still) {
            _ = try await database.store.deleteItem(ItemID(stored: "i0"))
            try await database.store.append((0..<4).map { ("new\($0)", "like", "i8") })
        }
        let before = try ModelCheckpoint(decoding: output.bytes)
        let after = try ModelCheckpoint(decoding: again.bytes)
        #expect(after.items.map(\.rawValue) == (1...8).map { "i\($0)" })
        func rows(_ name: String, of checkpoint: ModelCheckpoint) throws -> [String: [Float]] {
            let entry = try #require(checkpoint.parameters.first { $0.name == name })
            let floats = try entry.floats()
            let width = floats.count / checkpoint.items.count
            return Dictionary(
                uniqueKeysWithValues: checkpoint.items.enumerated().map { row, item in
                    (item.rawValue, Array(floats[row * width..<(row + 1) * width]))
                })
        }
        for name in ["encoder.input.weight", "decoder.items.weight", "decoder.items.bias"] {
            let earlier = try rows(name, of: before)
            let later = try rows(name, of: after)
            for item in (1...7).map({ "i\($0)" }) { #expect(later[item] == earlier[item]) }
            #expect(!earlier.values.contains(later["i8"] ?? []))
        }
        for name in ["encoder.moments.weight", "encoder.norm.0.weight"] {
            #expect(
                after.parameters.first { $0.name == name }
                    == before.parameters.first { $0.name == name })
        }
    }

    @Test func startsFreshWhereThatIsAskedFor() async throws {
        let again = try await runAgain(isWarm: false)
        #expect(again.starts == ["fresh"])
        #expect(again.epochs == [1, 2, 3])
        // The same log, from the same random numbers; compared first, since bytes make no message.
        let isTheSame = again.bytes == output.bytes
        #expect(isTheSame)
    }

    @Test func startsFreshWithTheReasonWhereTheSettingsChanged() async throws {
        var other = Self.small
        other["hiddenSize"] = 9
        let again = try await runAgain(settings: other)
        #expect(
            again.starts == [
                "fresh: version 1 doesn't fit: encoder.input.weight has shape [8, 9] now and had "
                    + "[8, 8]"
            ])
        #expect(again.epochs == [1, 2, 3])
        #expect(try ModelCheckpoint(decoding: again.bytes).origin["start"] == "fresh")
    }

    @Test func startsFreshWhereAnErasedUserMayBeInTheVersion() async throws {
        let again = try await runAgain(forgetting: ["vae"])
        #expect(again.starts == ["fresh: version 1 may know of an erased user"])
        #expect(again.epochs == [1, 2, 3])
    }

    @Test func startsFreshFromADamagedVersion() async throws {
        let again = try await runAgain {
            try await database.store.write("damage") {
                try $0.db.execute(sql: "UPDATE checkpoint_parts SET bytes = x'00'")
            }
        }
        #expect(again.starts == ["fresh: version 1 is damaged"])
    }

    @Test func saysThatAMethodWithoutEpochsSolvesAnew() async throws {
        try await fillLog()
        try run(["popularity"])
        _ = try await database.store.putCheckpoint(output.bytes, model: "popularity")
        let again = Recorded()
        try run(["popularity"], incumbents: ["popularity": 1], into: again)
        #expect(again.starts == ["fresh: popularity solves anew each time"])
        #expect(again.epochs == [1])
    }

    @Test func skipsAModelWhoseStoppingRuleIsNone() async throws {
        try await fillLog()
        try run(["vae"], settings: ["vae": ["patience": 0.5]])
        #expect(output.bytes.isEmpty)
        guard case .skipped(_, let reason) = output.messages[0] else {
            Issue.record("\(output.messages[0])")
            return
        }
        #expect(reason.contains("patience"))
    }

    /// Items i0 to i7 are liked, "new" is only described, and "bare" has nothing but an id.
    private func describeItems() async throws {
        _ = try await database.store.putItems(
            (0..<8).map { Item(id: ItemID(stored: "i\($0)"), categories: ["c\($0 % 2)"]) })
        _ = try await database.store.putItems([
            Item(id: ItemID(stored: "new"), categories: ["c1"]), Item(id: ItemID(stored: "bare")),
        ])
    }

    @Test func givesDescribedItemsOnlyToFamiliesThatReadThem() async throws {
        try await fillLog()
        try await describeItems()
        let content = Recorded()
        try run(["same-category"], into: content)
        try run(["popularity"])
        let described = try ModelCheckpoint(decoding: content.bytes)
        let plain = try ModelCheckpoint(decoding: output.bytes)
        #expect(plain.items.count == 8)
        #expect(described.items == plain.items + [ItemID(stored: "new")])
        let model = try #require(
            try described.recommender(of: SameCategory.family) as? SameCategory)
        #expect(model.codes.filter { $0 == model.codes[8] }.count == 5)
        #expect(described.samples.largestDifference(from: model) == 0)
    }

    /// The incumbent was trained before "new" was there; as it is served it knows the item too.
    @Test func comparesWithAnIncumbentThatKnowsFewerItems() async throws {
        try await fillLog()
        _ = try await database.store.putItems(
            (0..<8).map { Item(id: ItemID(stored: "i\($0)"), categories: ["c\($0 % 2)"]) })
        try run(["same-category"])
        _ = try await database.store.putCheckpoint(output.bytes, model: "same-category")
        try await describeItems()
        let again = Recorded()
        try run(["same-category"], incumbents: ["same-category": 1], into: again)
        guard case .checkpointBegins(let header) = again.messages[1] else {
            Issue.record("\(again.messages[1])")
            return
        }
        #expect(header.comparison.incumbentVersion == 1)
        #expect(header.comparison.users > 0)
        #expect(header.comparison.candidate == header.comparison.incumbent)
    }

    @Test func saysFirstWhatItLeftOutAndKeepsItWithTheCheckpoint() async throws {
        try await fillLog()
        try await database.store.append((0..<30).map { ("bot", "like", "i\($0 % 8)") })
        var settings = PreprocessingSettings()
        settings.maximumEventsPerDay = 20
        try run(["popularity"], preprocessing: settings)
        guard case .preprocessed(let report)? = output.first else {
            Issue.record("\(String(describing: output.first))")
            return
        }
        let bots = try #require(report.steps.first { $0.name == "bots" })
        #expect(bots.dropped == .init(events: 30, users: 1, items: 0))
        #expect(report.kept.users == 40)
        let checkpoint = try ModelCheckpoint(decoding: output.bytes)
        #expect(checkpoint.origin["preprocessing"] == (try report.text()))
    }

    @Test func skipsEveryModelOnAnEmptyLog() throws {
        try run(["popularity"])
        let reason = "the log has no user with a positive event to train on"
        #expect(output.messages == [.skipped(model: "popularity", reason: reason), .finished])
    }
}
