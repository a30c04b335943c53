import Support
import Testing

extension EndToEnd {
    /// What is configured between the log and the training is applied, and told with the version.
    @Suite struct PreprocessingTests {
        private static let users = 60
        private static let likes = 8

        @Test(.timeLimit(.minutes(5)))
        func everySettingIsAStepOfTheReport() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database,
                    settings: [
                        "STARLING_MODELS_ENABLED": "popularity",
                        "STARLING_PREPROCESSING_WINDOW_DAYS": "3650",
                        "STARLING_PREPROCESSING_DUPLICATE_SECONDS": "2",
                        "STARLING_PREPROCESSING_MAXIMUM_EVENTS_PER_DAY": "30",
                        "STARLING_PREPROCESSING_MINIMUM_EVENTS_PER_USER": "2",
                        "STARLING_PREPROCESSING_MINIMUM_EVENTS_PER_ITEM": "1",
                        "STARLING_PREPROCESSING_HALF_LIFE_DAYS": "90",
                    ])
                try service.post(
                    TasteLog(users: Self.users, likesEach: Self.likes, seed: 9).lines)
                try service.post((0..<31).map { Self.like("robot", $0, second: $0) })
                try service.post([
                    Self.like("twice", 0, second: 0), Self.like("twice", 0, second: 2),
                ])
                try service.post([Self.like("early", 0, second: 0, year: 2010)])
                let job = try service.waitForEnd(ofJob: try service.retrain(force: true))
                #expect(job["state"]?.string == "succeeded", "\(job)")

                let versions = try service.json("GET", "/v1/admin/models/popularity/versions")
                let report = try #require(versions["versions"]?[0]?["preprocessing"])
                let dropped = (report["steps"]?.array ?? []).map { step in
                    "\(step["name"]?.string ?? ""): \(step["dropped"]?["events"]?.integer ?? -1)"
                }
                #expect(
                    dropped == [
                        "deletedItems: 0", "window: 1", "duplicates: 1", "bots: 31",
                        "minimumCounts: 1", "unlikedItems: 0", "decay: 0",
                    ])
                #expect(report["kept"]?["users"]?.integer == Self.users)
            }
        }

        private static func like(
            _ user: String, _ item: Int, second: Int, year: Int = 2026
        ) -> String {
            let time = "\(year)-01-01T00:00:\(second < 10 ? "0" : "")\(second)Z"
            let id = TasteLog.item(item, ofTaste: 0)
            return #"{"type":"like","user":"\#(user)","item":"\#(id)","time":"\#(time)"}"#
        }
    }
}
