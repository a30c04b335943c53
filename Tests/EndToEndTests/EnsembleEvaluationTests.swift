import Support
import Testing

extension EndToEnd {
    /// `starling evaluate` of what is chosen from, or made of, other models: on a made-up folder whose
    /// users like films of one taste only.
    @Suite struct EnsembleEvaluationTests {
        private static let tastes = 4
        private static let films = 25
        private static let users = 480

        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            var random = RandomSource(seed: 7)
            var ratings: [String] = []
            for user in 1...Self.users {
                let taste = user / 12 % Self.tastes
                let length = user / 48 % 2 == 0 ? 8 : 16  // two classes of histories
                let liked = (0..<Self.films).shuffled(using: &random).prefix(length)
                for (place, film) in liked.enumerated() {
                    let number = 1 + taste * Self.films + film
                    ratings.append("\(user)::\(number)::5::\(978_300_000 + place * 60)")
                }
            }
            let films = (1...Self.tastes * Self.films).map { "\($0)::Film \($0) (1999)::Drama" }
            let people = (1...Self.users).map { "\($0)::F::25::1::02139" }
            for (name, lines) in [("ratings", ratings), ("movies", films), ("users", people)] {
                _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "\(name).dat")
            }
        }

        private func evaluate(
            _ arguments: [String], protocol name: String = "H"
        ) throws -> Program.Ending {
            try Program.run(
                ["evaluate", "--protocol", name, "--data", folder.url.path, "--workers", "1"]
                    + arguments)
        }

        private func report(_ arguments: [String]) throws -> JSONValue {
            let ending = try evaluate(arguments + ["--json"])
            #expect(ending.status == 0, "\(ending)")
            return try JSONValue(Array(ending.output.utf8))
        }

        @Test(.timeLimit(.minutes(5)))
        func autoChoosesOnValidationAndStandsBesideItsCandidates() async throws {
            try await blocking {
                let report = try report([
                    "--model", "auto", "--candidates", "popularity,ease,itemknn,blend",
                    "--set", "ease.lambda=20",
                ])
                #expect(report["model"]?.string == "auto")
                let ensemble = try #require(report["ensemble"])
                let candidates = ensemble["candidates"]?.array ?? []
                #expect(
                    candidates.compactMap { $0["model"]?.string }
                        == ["popularity", "ease", "itemknn", "blend"])
                let choices = ensemble["choices"]?.array ?? []
                let models = choices.compactMap { $0["model"]?.string }
                #expect(!models.isEmpty && !models.dropFirst().contains("popularity"))
                func quality(_ report: JSONValue) -> Double {
                    report["metrics"]?["ndcg@100"]?.number ?? .nan
                }
                let best = candidates.map(quality).max() ?? .nan
                let difference = try #require(ensemble["againstBest"]?["difference"]?.number)
                #expect(abs(quality(report) - best - difference) < 1e-9)
                #expect(quality(report) > quality(candidates[0]) + 0.1)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func blendTellsItsWeights() async throws {
            try await blocking {
                let arguments = [
                    "--model", "blend", "--candidates", "popularity,ease", "--split", "validation",
                ]
                let learnt = try report(arguments)["ensemble"]?["weights"]
                let weights = try #require(learnt?.keys.compactMap { learnt?[$0]?.number })
                #expect(abs(weights.reduce(0, +) - 1) < 1e-6)
                let given = try report(
                    arguments + ["--set", "learnt=0", "--set", "popularity=1", "--set", "ease=3"])
                #expect(given["ensemble"]?["weights"]?["ease"]?.number == 3)
                #expect(given["ensemble"]?["weights"]?["popularity"]?.number == 1)
                let text = try evaluate(arguments)
                #expect(text.output.contains("the best candidate on these users"), "\(text)")
            }
        }

        /// On new items what there is to compare with, chance for one, is said of both.
        @Test(.timeLimit(.minutes(5)))
        func autoStandsBesideAModelThatStandsAlone() async throws {
            try await blocking {
                let alone = try evaluate(["--model", "content", "--json"], protocol: "new-items")
                #expect(alone.status == 0, "\(alone)")
                let report = try JSONValue(Array(alone.output.utf8))
                let users = try #require(report["users"]?.integer)
                #expect(users <= Self.users / 12 && users < (report["cases"]?.integer ?? 0))
                let file = try folder.write(alone.output, to: "content.json")
                let auto = try evaluate(
                    ["--model", "auto", "--candidates", "content,popularity", "--compare", file],
                    protocol: "new-items")
                #expect(auto.status == 0, "\(auto)")
                #expect(auto.output.contains("chance: recall@10"))
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func wrongCandidatesAreRefusedInASentence() async throws {
            try await blocking {
                for (arguments, sentence) in [
                    (["--candidates", "ease,crystalBall"], "no model named crystalBall"),
                    (["--candidates", "ease"], "at least two models"),
                    (["--candidates", "ease,vae", "--set", "lambda=2"], "a key of auto"),
                    (["--candidates", "ease,vae", "--set", "ease.colour=2"], "a key of ease"),
                    (
                        ["--candidates", "ease,vae", "--set", "gan.epochs=2"],
                        "none of the candidates"
                    ),
                ] {
                    let ending = try evaluate(["--model", "auto"] + arguments)
                    #expect(ending.status == 64, "\(ending)")
                    #expect(ending.errors.contains(sentence), "\(ending)")
                }
            }
        }
    }
}
