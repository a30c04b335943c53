import Support
import Testing

extension EndToEnd {
    /// Models that know items by their contents recommend one that nobody has used yet.
    @Suite struct NewItemTests {
        private static let items = 20
        private static let likesEach = 8

        @Test(.timeLimit(.minutes(5)), arguments: ["content", "dnn"])
        func aNewItemIsInTheVeryNextAnswer(model: String) async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let settings = ["STARLING_MODELS_ENABLED": model]
                let service = try RunningStarling(folder.database, settings: settings)
                try Self.describeItems(service)
                try service.post(
                    TasteLog(users: 120, items: Self.items, likesEach: Self.likesEach, seed: 8)
                        .lines)
                let job = try service.waitForEnd(ofJob: try service.retrain(force: true))
                #expect(job["state"]?.string == "succeeded", "\(job)")

                #expect(try !Self.answer(service).contains("new"))
                try service.json("PUT", "/v1/items/new", #"{"categories":["taste0"]}"#)
                #expect(try Self.answer(service).contains("new"))
                try service.json("PUT", "/v1/items/other", #"{"categories":["taste1"]}"#)
                #expect(try !Self.answer(service).contains("other"))
                try service.json("PUT", "/v1/items/bare", "{}")
                #expect(try !Self.answer(service).contains("bare"))

                // The load of a version brings them back, and a new version has learned of them.
                service.kill()
                let next = try RunningStarling(folder.database, settings: settings)
                #expect(try Self.answer(next).contains("new"))
                _ = try next.waitForEnd(ofJob: try next.retrain(force: true))
                #expect(try Self.answer(next).contains("new"))
            }
        }

        /// As many as user 0, of taste 0, doesn't know of his taste, with the new one.
        private static func answer(_ service: RunningStarling) throws -> [String] {
            let answer = try service.recommendations(for: "user-0", k: items - likesEach + 1)
            #expect(answer["policy"]?.string == "model")
            return answer["items"]?.array.compactMap { $0["item"]?.string } ?? []
        }

        private static func describeItems(_ service: RunningStarling) throws {
            let lines = (0...TasteLog.lastTaste).flatMap { taste in
                (0..<items).map { number in
                    let id = TasteLog.item(number, ofTaste: taste)
                    return #"{"id":"\#(id)","categories":["taste\#(taste)"]}"#
                }
            }
            let answer = try service.send(
                "POST", "/v1/items", lines.joined(separator: "\n"),
                fields: RunningStarling.ndjson)
            #expect(answer.status == 200)
        }
    }
}
