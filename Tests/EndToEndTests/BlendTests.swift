import Support
import Testing

extension EndToEnd {
    /// Several models, one that is made of them, and the choice among all.
    @Suite struct BlendTests {
        private static let models = ["ease", "vae", "blend"]
        private static let settings = [
            "STARLING_MODELS_ENABLED": models.joined(separator: ","),
            // Both take part, whatever the few validation users say.
            "STARLING_MODELS_BLEND_LEARNT": "0",
        ]

        @Test(.timeLimit(.minutes(5)))
        func trainsAllServesAllAndChoosesAmongThem() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                var service = try RunningStarling(folder.database, settings: Self.settings)
                try service.post(TasteLog("reader", seed: 3).lines)
                for version in 1...2 {
                    let job = try service.waitForEnd(ofJob: try service.retrain(force: true))
                    let results = job["results"]?.array ?? []
                    #expect(results.compactMap { $0["model"]?.string } == Self.models, "\(job)")
                    #expect(results.allSatisfy { $0["version"]?.integer == version }, "\(job)")
                }
                try Self.expectAnswers(service, blend: 2)
                // The first blend is made of the first versions, which no longer serve by themselves.
                try service.json("POST", "/v1/admin/models/blend/rollback")
                try Self.expectAnswers(service, blend: 1)
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                service = try RunningStarling(folder.database, settings: Self.settings)
                try Self.expectAnswers(service, blend: 1)
            }
        }

        private static func expectAnswers(_ service: RunningStarling, blend version: Int) throws {
            let path = "/v1/users/reader-0/recommendations?k=5"
            let versions = ["ease": 2, "vae": 2, "blend": version]
            for model in models {
                let answer = try service.json("GET", path + "&model=\(model)")
                #expect(answer["model"]?["name"]?.string == model)
                #expect(answer["model"]?["version"]?.integer == versions[model])
                #expect(
                    (answer["items"]?.array ?? []).allSatisfy {
                        TasteLog.isItem($0["item"]?.string ?? "", ofTaste: 0)
                    })
            }
            let choices = try service.json("GET", "/v1/admin/models")["auto"]?.array ?? []
            #expect(
                choices.map { $0["historyLength"]?.string } == [
                    "0", "1-9", "10-49", "50-199", "200+",
                ])
            // Eight likes each; a newcomer can't be answered by any of these.
            let chosen = try #require(choices[1]["model"]?.string)
            #expect(choices[0]["model"] == .null)
            for query in ["", "&model=auto"] {
                let answer = try service.json("GET", path + query)
                #expect(answer["model"]?["name"]?.string == chosen)
                #expect(answer["model"]?["version"]?.integer == versions[chosen])
            }
            let newcomer = try service.json("GET", "/v1/users/nobody/recommendations?model=auto")
            #expect(newcomer["policy"]?.string == "fallback:popular")
        }
    }
}
