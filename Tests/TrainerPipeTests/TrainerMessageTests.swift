import Foundation
import Testing

@testable import TrainerPipe

@Suite struct TrainerMessageTests {
    private static let measurement = GateMeasurement(
        metric: "ndcg@10", incumbentVersion: 6, candidate: 0.5, incumbent: 0.4, difference: 0.1,
        lower: 0.05, upper: 0.15, users: 30)

    @Test(
        arguments: [
            .preprocessed(
                PreprocessingReport(
                    log: .init(events: 3, users: 2, items: 1),
                    steps: [.init(name: "bots", reason: "why", dropped: .init(events: 1))],
                    kept: .init(events: 2, users: 2, items: 1))),
            .progress(TrainingProgress(model: "vae", epoch: 1, epochs: 9, metrics: ["loss": 0.5])),
            .checkpointBegins(
                CheckpointHeader(
                    model: "vae", start: "version 6", watermark: 12, metrics: ["ndcg@10": 0.5],
                    comparison: measurement)),
            .checkpointEnds(byteCount: 3, sha256: "ab"), .skipped(model: "vae", reason: "why"),
            .finished, .failed(reason: "why"),
        ] as [TrainerMessage])
    func readsWhatItWrites(message: TrainerMessage) throws {
        let frame = Frame(kind: .message, payload: [UInt8](try JSONEncoder().encode(message)))
        #expect(try frame.decoded(as: TrainerMessage.self) == message)
    }

    @Test func readsTheRequestThatItWrites() throws {
        var preprocessing = PreprocessingSettings()
        preprocessing.windowDays = 90
        let request = TrainerRequest(
            database: "a.sqlite", models: ["vae"], settings: ["vae": ["epochs": 3]],
            meanings: [
                "like": .init(weight: 2, isNegative: false, isSeen: true, positiveFrom: nil)
            ],
            incumbents: ["vae": 4], isWarm: true, forgetting: ["vae"], seed: .max, workers: 2,
            memoryBytes: 1 << 32,
            niceness: 10, preprocessing: preprocessing)
        let frame = Frame(kind: .message, payload: [UInt8](try JSONEncoder().encode(request)))
        #expect(try frame.decoded(as: TrainerRequest.self) == request)
    }
}
