import Foundation
import Support
import Testing

extension EndToEnd {
    /// The service retrains by itself when enough is new, and only then.
    @Suite struct AutomaticRetrainTests {
        /// Several turns of the supervisor: time enough for a job that shouldn't come.
        private static let silence: UInt32 = 3

        @Test(.timeLimit(.minutes(5)))
        func itStartsAfterEnoughNewEventsAndNeverWithoutAny() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let lines = TasteLog(users: 80, seed: 6).lines
                let settings = [
                    "STARLING_RETRAIN_ENABLED": "true",
                    "STARLING_RETRAIN_AFTER_EVENTS": "\(lines.count)",
                ]
                let service = try RunningStarling(folder.database, settings: settings)
                try service.post(Array(lines.dropLast()))
                sleep(Self.silence)
                #expect(try Self.jobs(service).isEmpty)

                try service.post(lines)  // one is new
                try wait(until: "a job is there") { try !Self.jobs(service).isEmpty }
                let job = try service.waitForEnd(ofJob: 1)
                #expect(job["state"]?.string == "succeeded", "\(job)")
                #expect(job["results"]?[0]?["promoted"] == .bool(true))
                #expect(job["mode"]?.string == "warm")
                let answer = try service.recommendations(for: "user-0")
                #expect(answer["policy"]?.string == "model")
                try service.post(lines)  // nothing is new
                sleep(Self.silence)
                #expect(try Self.jobs(service).count == 1)

                // A restart forgets nothing of this.
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                let next = try RunningStarling(folder.database, settings: settings)
                sleep(Self.silence)
                #expect(try Self.jobs(next).count == 1)
            }
        }

        /// Time alone is no reason; one new event after it is.
        @Test(.timeLimit(.minutes(5)))
        func itStartsAfterSomeTimeWithANewEvent() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database,
                    settings: [
                        "STARLING_RETRAIN_ENABLED": "true",
                        "STARLING_RETRAIN_AFTER_MINUTES": "0.01",
                    ])
                sleep(Self.silence)
                #expect(try Self.jobs(service).isEmpty)
                for round in 1...2 {
                    try service.post(TasteLog("user\(round)", users: 40, seed: 7).lines)
                    try wait(until: "job \(round) is there") {
                        try Self.jobs(service).count == round
                    }
                    _ = try service.waitForEnd(ofJob: round)
                    sleep(Self.silence)
                    #expect(try Self.jobs(service).count == round)
                }
            }
        }

        private static func jobs(_ service: RunningStarling) throws -> [JSONValue] {
            try service.json("GET", "/v1/admin/jobs")["jobs"]?.array ?? []
        }
    }
}
