import Foundation
import Support
import Testing

extension EndToEnd {
    /// Training never hurts serving: what is left when trainer or service are killed in training.
    @Suite struct KilledTrainerTests {
        /// Training that goes on until somebody ends it.
        private static let endless = [
            "STARLING_MODELS_VAE_EPOCHS": "1000000", "STARLING_MODELS_VAE_PATIENCE": "1000000",
        ]

        /// Long enough to be caught, short enough to be waited for.
        private static let long = [
            "STARLING_MODELS_VAE_EPOCHS": "300", "STARLING_MODELS_VAE_PATIENCE": "300",
        ]

        @Test(.timeLimit(.minutes(10)))
        func aKilledTrainerFailsItsJobAndNothingElse() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                try Self.trainFirstVersion(folder.database)
                let service = try RunningStarling(folder.database, settings: Self.long)
                let finished = Collected<Bool>()
                try await concurrently(2) { number in
                    if number == 0 {
                        defer { finished.append(true) }
                        try Self.killTrainer(of: service)
                        return
                    }
                    let connection = try HTTPConnection(port: service.port)
                    let path = "/v1/users/user-0/recommendations"
                    while finished.count == 0 {
                        let answer = try connection.send("GET", path)
                        #expect(answer.status == 200)
                        #expect(try answer.json["policy"]?.string == "model")
                        // Without a rest it would take all that the trainer, at the lowest priority, needs.
                        Thread.sleep(forTimeInterval: 0.002)
                    }
                }
            }
        }

        /// Kills it, looks at what is left, and retrains.
        private static func killTrainer(of service: RunningStarling) throws {
            var job: JSONValue
            repeat {
                let (id, trainer) = try catchTrainer(of: service)
                Glibc.kill(trainer, SIGKILL)
                job = try service.waitForEnd(ofJob: id)
            } while job["state"]?.string == "succeeded"  // it was done before the signal came
            #expect(job["state"]?.string == "failed", "\(job)")
            #expect(job["error"]?.string?.contains("signal 9") == true, "\(job)")
            #expect(job["finishedAt"]?.string != nil)
            let version = try #require(try versionInService(service))
            let answer = try service.recommendations(for: "user-0")
            #expect(answer["model"]?["version"]?.integer == version)

            let next = try service.waitForEnd(ofJob: service.retrain(force: true))
            #expect(next["state"]?.string == "succeeded", "\(next)")
            let newVersion = try #require(next["results"]?[0]?["version"]?.integer)
            #expect(newVersion > version)
            #expect(try versionInService(service) == newVersion)
        }

        @Test(.timeLimit(.minutes(10)))
        func aKilledServiceTakesItsTrainerAlongAndFailsTheJobAfterARestart() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                try Self.trainFirstVersion(folder.database)
                let service = try RunningStarling(folder.database, settings: Self.endless)
                let (id, trainer) = try Self.catchTrainer(of: service)
                service.kill()
                try wait(until: "the trainer is gone") { !Processes.isRunning(trainer) }

                let next = try RunningStarling(folder.database)
                let job = try next.job(id)
                #expect(job["state"]?.string == "failed")
                #expect(job["error"]?.string?.contains("the service stopped") == true)
                #expect(try Self.versionInService(next) == 1)
                #expect(
                    try next.recommendations(for: "user-0")["model"]?["version"]?.integer == 1)
                let again = try next.waitForEnd(ofJob: next.retrain(force: true))
                #expect(again["state"]?.string == "succeeded", "\(again)")
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func aServiceAskedToEndStopsItsTrainerAndSaysSo() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                try Self.trainFirstVersion(folder.database)
                let service = try RunningStarling(folder.database, settings: Self.endless)
                let (id, trainer) = try Self.catchTrainer(of: service)
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                #expect(!Processes.isRunning(trainer))
                #expect(try folder.fileNames == ["test.sqlite"])

                let job = try RunningStarling(folder.database).job(id)
                #expect(job["state"]?.string == "failed")
                #expect(job["error"]?.string?.contains("the service stopped") == true)
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func aCancelledJobStopsItsTrainerAndGivesWayToTheNext() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                try Self.trainFirstVersion(folder.database)
                let service = try RunningStarling(folder.database, settings: Self.endless)
                let (id, trainer) = try Self.catchTrainer(of: service)
                // A second call gives back the job that is there.
                #expect(try service.retrain() == id)
                let cancelled = try service.json("DELETE", "/v1/admin/jobs/\(id)")
                #expect(cancelled["state"]?.string == "cancelled")
                try wait(until: "the trainer is gone") { !Processes.isRunning(trainer) }
                #expect(try service.send("DELETE", "/v1/admin/jobs/\(id)").status == 409)
                let (next, _) = try Self.catchTrainer(of: service)
                #expect(next > id)
                #expect(try service.job(id)["state"]?.string == "cancelled")
                #expect(try Self.versionInService(service) == 1)
            }
        }

        private static func trainFirstVersion(_ database: String) throws {
            let service = try RunningStarling(database)
            try service.post(TasteLog(users: 80, seed: 5).lines)
            let job = try service.waitForEnd(ofJob: service.retrain(force: true))
            #expect(job["state"]?.string == "succeeded", "\(job)")
            service.terminate()
            #expect(service.waitUntilEnded() == 0)
        }

        /// Retrains until a trainer is seen at work; one may be done before it is.
        private static func catchTrainer(
            of service: RunningStarling
        ) throws -> (job: Int, trainer: Int32) {
            var caught: (job: Int, trainer: Int32)?
            try wait(until: "a trainer is seen at work") {
                let id = try service.retrain(force: true)
                try wait(until: "job \(id) has begun") {
                    let job = try service.job(id)
                    return job["epoch"]?.integer != nil || job["finishedAt"]?.string != nil
                }
                let trainers = try Processes.children(of: service.processIdentifier)
                if let trainer = trainers.first, try service.job(id)["state"]?.string == "running" {
                    caught = (id, trainer)
                }
                return caught != nil
            }
            return try #require(caught)
        }

        private static func versionInService(_ service: RunningStarling) throws -> Int? {
            let models = try service.json("GET", "/v1/admin/models")["models"]?.array ?? []
            return models.first { $0["name"]?.string == "vae" }?["inService"]?["version"]?.integer
        }
    }
}
