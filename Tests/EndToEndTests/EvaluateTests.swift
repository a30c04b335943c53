import Foundation
import Recommenders
import Support
import TestSupport
import Testing

extension EndToEnd {
    /// `starling evaluate` prints the rows of the published protocols.
    @Suite struct EvaluateTests {
        private static let hasData = TestData.has("ml-1m/ratings.dat")
        private static let reason = Comment(rawValue: TestData.reason)

        /// The rows of the reference script, to be reproduced within ±0.002.
        @Test(
            .enabled(if: hasData, reason),
            arguments: [
                ("popularity", [], 0.037, 0.018), ("itemknn", [], 0.079, 0.040),
                ("ease", ["--set", "lambda=300"], 0.109, 0.054),
            ])
        func protocolLReproducesTheReferenceRow(
            model: String, settings: [String], hitRate: Double, ndcg: Double
        ) async throws {
            try await blocking {
                let ending = try Self.evaluate("L", ["--model", model, "--json"] + settings)
                #expect(ending.status == 0, "\(ending)")
                let row = try JSONValue(Array(ending.output.utf8))
                let metrics = try #require(row["metrics"])
                let names = [
                    "ndcg", "hr", "recall", "precision", "f1", "mrr", "map", "accuracy", "coverage",
                    "gini", "popularity", "novelty", "diversity",
                ]
                #expect(metrics.keys == Set(names.map { "\($0)@10" } + ["recall@20"]))
                for (name, expected) in [("hr@10", hitRate), ("ndcg@10", ndcg)] {
                    let measured = try #require(metrics[name]?.number)
                    #expect(abs(measured - expected) <= 0.002, "\(name) \(measured)")
                    let interval = try #require(row["intervals"]?[name])
                    #expect(try #require(interval["lower"]?.number) < measured)
                    #expect(try #require(interval["upper"]?.number) > measured)
                }
                let segments = try #require(row["segments"])
                for kind in ["historyLength", "popularity"] {
                    let users = segments[kind]?.array.compactMap { $0["users"]?.integer } ?? []
                    #expect(users.count == 3 && users.reduce(0, +) == 6040, "\(kind) \(users)")
                }
                #expect(row["protocol"]?.string == "L")
                #expect(row["model"]?.string == model)
                #expect(row["split"]?.string == "test")
                #expect(row["seed"]?.integer == 1)
                #expect(row["epochs"]?.integer == 1)
                #expect(try #require(row["trainSeconds"]?.number) > 0)
                #expect(try #require(row["peakMemoryBytes"]?.integer) > 1_000_000)
            }
        }

        /// Precision, recall and NDCG of the reference script and of the ECIR 2022 study.
        @Test(
            .enabled(if: TestData.has("cfgan-ml100k/ML100K.train"), reason),
            arguments: [
                ("popularity", [], [0.208, 0.068, 0.222], [0.156, 0.167, 0.213]),
                ("ease", ["--set", "lambda=400"], [0.446, 0.155, 0.481], [0.293, 0.353, 0.437]),
            ])
        func protocolGReproducesTheReferenceRow(
            model: String, settings: [String], at5: [Double], at20: [Double]
        ) async throws {
            try await blocking {
                let ending = try Self.evaluate(
                    "G", ["--model", model, "--json"] + settings, folder: "cfgan-ml100k")
                #expect(ending.status == 0, "\(ending)")
                let metrics = try #require(
                    try JSONValue(Array(ending.output.utf8))["metrics"])
                for (k, row) in [(5, at5), (20, at20)] {
                    for (name, expected) in zip(["precision", "recall", "ndcg"], row) {
                        let measured = try #require(metrics["\(name)@\(k)"]?.number)
                        #expect(abs(measured - expected) <= 0.002, "\(name)@\(k) \(measured)")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func wrongArgumentsAreRefusedInASentence() async throws {
            try await blocking {
                let data = ["--data", "/"]
                for (name, arguments, sentence) in [
                    ("X", data + ["--model", "vae"], "there is no protocol named X"),
                    ("L", data + ["--model", "oracle"], "there is no model named oracle"),
                    ("L", ["--model", "vae"], "protocol L needs --data FOLDER"),
                    (
                        "H", ["--data", "/nowhere", "--model", "vae"],
                        "--data /nowhere is no folder"
                    ),
                    ("L", ["--data", "/", "--at", "0.5", "--model", "vae"], "no --at"),
                    ("time", ["--model", "vae"], "protocol time needs --at"),
                    ("time", ["--at", "1.5", "--model", "vae"], "must be a time such as"),
                    ("time", ["--data", "/", "--model", "vae"], "reads --database, not --data"),
                    (
                        "L", ["--data", "/", "--model", "vae", "--svg", "/nowhere/a.svg"],
                        "no folder for it"
                    ),
                ] {
                    let ending = try Program.run(["evaluate", "--protocol", name] + arguments)
                    #expect(ending.status == 64, "\(ending)")
                    #expect(ending.errors.contains(sentence), "\(ending)")
                    #expect(ending.output.isEmpty)
                }
                let empty = try TemporaryFolder()
                let missing = try Program.run(
                    ["evaluate", "--protocol", "L", "--data", empty.url.path, "--model", "ease"])
                #expect(missing.status == 1 && missing.errors.contains("has no u.data"))
            }
        }

        /// What a warm start saves, with a network far too small to be worth anything.
        @Test(.enabled(if: hasData, reason), .timeLimit(.minutes(5)))
        func compareStartsPrintsBothCurves() async throws {
            try await blocking {
                let settings = ["epochs=2", "hiddenSize=4", "latentSize=2"]
                let ending = try Program.run(
                    ["compare-starts", "--data", TestData.path("ml-1m"), "--model", "vae"]
                        + settings.flatMap { ["--set", $0] })
                #expect(ending.status == 0, "\(ending)")
                let rows = ending.output.split(separator: "\n").map {
                    $0.split(separator: " ").map(String.init)
                }
                let header = try #require(rows.firstIndex { $0 == ["epoch", "fresh", "warm"] })
                let curves = rows[(header + 1)...(header + 3)]
                #expect(curves.map { $0[0] } == ["0", "1", "2"])
                #expect(curves.map { $0[1] == "-" } == [true, false, false])
                #expect(curves.allSatisfy { (Double($0[2]) ?? 0) > 0 })
                #expect(ending.output.contains("at the cut 888"), "\(ending)")  // of 987,531
                #expect(ending.output.contains("epochs saved"))
                let refused = try Program.run(
                    ["compare-starts", "--data", TestData.path("ml-1m"), "--model", "popularity"])
                #expect(refused.status == 64, "\(refused)")
            }
        }

        @Test func measureTellsTimeMemoryAndSpeed() async throws {
            try await blocking {
                let sizes = ["--items", "50", "--users", "20", "--events", "10", "--epochs", "2"]
                let ending = try Program.run(["measure", "--model", "transformer"] + sizes)
                #expect(ending.status == 0, "\(ending)")
                let lines = ending.output.split(separator: "\n")
                #expect(lines.count == 2)
                #expect(
                    lines.first?.hasPrefix("transformer: 50 items, 20 users, 10 events") == true)
                #expect(lines.last?.contains("GFLOP an epoch") == true)
                let refused = try Program.run(["measure", "--model", "vae", "--epochs", "1"])
                #expect(refused.status == 64, "\(refused)")
            }
        }

        @Test func modelsNamesEveryFamilyWithItsSettings() async throws {
            try await blocking {
                let ending = try Program.run(["models"])
                #expect(ending.status == 0)
                let lines = ending.output.split(separator: "\n")
                #expect(
                    lines.map { $0.prefix { $0 != " " } }
                        == ModelRegistry.names.map { $0[...] })
                #expect(lines.contains { $0.hasPrefix("ease lambda=500 ") })
            }
        }

        private static func evaluate(
            _ name: String, _ arguments: [String], folder: String = "ml-1m"
        ) throws -> Program.Ending {
            try Program.run(
                ["evaluate", "--protocol", name, "--data", TestData.path(folder)] + arguments)
        }
    }
}
