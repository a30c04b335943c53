import Events
import Recommenders
import Store
import Support
import Synchronization
import TestSupport
import Testing
import TrainerPipe

@testable import Training

/// Keeps what the run says.
private final class Recorded: TrainingRun.Output {
    private let state = Mutex<(messages: [TrainerMessage], bytes: [UInt8])>(([], []))

    var messages: [TrainerMessage] { state.withLock { $0.messages } }
    var bytes: [UInt8] { state.withLock { $0.bytes } }

    func report(_ message: TrainerMessage) { state.withLock { $0.messages.append(message) } }

    func sendParts(of bytes: [UInt8]) { state.withLock { $0.bytes += bytes } }
}

@Suite struct TrainingRunTests {
    private let database: TemporaryStore
    private let output = Recorded()

    init() throws { database = try TemporaryStore() }

    private func run(
        _ models: [String], settings: [String: [String: Double]] = [:]
    ) throws {
        let request = TrainerRequest(
            database: database.path, models: models, settings: settings, meanings: [:],
            incumbents: [:], seed: 1, workers: 1, memoryBytes: 1 << 30, niceness: 0)
        let reader = try Store.openReadOnly(path: database.path, meanings: EventMeanings())
        try TrainingRun(request, reader: reader, output: output).run()
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

    @Test func skipsWhatCannotBeTrainedAndGoesOn() async throws {
        try await fillLog()
        try run(["oracle", "ease", "popularity"], settings: ["ease": ["maxItems": 3]])
        let skipped = output.messages.compactMap { message in
            if case .skipped(let model, _) = message { model } else { nil }
        }
        #expect(skipped == ["oracle", "ease"])
        #expect(output.messages.last == .finished)
        #expect(!output.bytes.isEmpty)
    }

    @Test func skipsEveryModelOnAnEmptyLog() throws {
        try run(["popularity"])
        let reason = "the log has no user with a positive event to train on"
        #expect(output.messages == [.skipped(model: "popularity", reason: reason), .finished])
    }
}
