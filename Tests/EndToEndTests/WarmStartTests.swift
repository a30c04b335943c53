import Recommenders
import Support
import Testing

extension EndToEnd {
    /// A retrain goes on from the version in service, unless it is told not to.
    @Suite struct WarmStartTests {
        @Test(.timeLimit(.minutes(5)))
        func aRetrainStartsFromTheVersionInService() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                try service.post(TasteLog("early", seed: 1).lines)
                #expect(
                    try Self.starts(service, "") == ["fresh: no version is in service"])
                // New users, and new items of each taste.
                try service.post(TasteLog("late", items: 25, seed: 2).lines)
                #expect(try Self.starts(service, "") == ["version 1"])
                let path = "/v1/admin/models/vae/versions/2/weights"
                let second = try ModelCheckpoint(decoding: service.send("GET", path).body)
                #expect(second.origin["start"] == "version 1")
                #expect(second.items.count == 100)
                #expect(try Self.starts(service, #""mode":"full""#) == ["fresh"])
                #expect(try Self.starts(service, #""mode":"warm""#) == ["version 3"])
                service.terminate()
                #expect(service.waitUntilEnded() == 0)

                try Self.train(folder, mode: [], says: "start: version 4")
                try Self.train(folder, mode: ["--mode", "full"], says: "start: fresh")
                let wrong = try Program.run(["train", "--mode", "cold"])
                #expect(wrong.status == 64 && wrong.errors.contains("mode"), "\(wrong)")
            }
        }

        /// Other sizes fit no earlier weights: the job says so, and trains.
        @Test(.timeLimit(.minutes(5)))
        func aChangeOfSizesStartsFreshWithTheReason() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let first = try RunningStarling(folder.database)
                try first.post(TasteLog(seed: 1).lines)
                _ = try Self.starts(first, "")
                first.terminate()
                _ = first.waitUntilEnded()
                let next = try RunningStarling(
                    folder.database, settings: ["STARLING_MODELS_VAE_LATENT_SIZE": "8"])
                #expect(
                    try Self.starts(next, "") == [
                        "fresh: version 1 doesn't fit: encoder.moments.weight has shape [16, 32] "
                            + "now and had [32, 32]"
                    ])
            }
        }

        /// What a retrain's models started from; each comes into service.
        private static func starts(_ service: RunningStarling, _ mode: String) throws -> [String?] {
            let fields = [mode, #""force":true"#].filter { !$0.isEmpty }.joined(separator: ",")
            let queued = try service.json("POST", "/v1/admin/retrain", "{\(fields)}")
            let job = try service.waitForEnd(ofJob: try #require(queued["id"]?.integer))
            #expect(job["state"]?.string == "succeeded", "\(job)")
            return (job["results"]?.array ?? []).map { $0["start"]?.string }
        }

        private static func train(
            _ folder: TemporaryFolder, mode: [String], says start: String
        ) throws {
            let ending = try Program.run(
                ["train", "--database", folder.database, "--force"] + mode,
                environment: RunningStarling.quick)
            #expect(ending.status == 0 && ending.output.contains(start), "\(ending)")
        }
    }
}
