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
                #expect(
                    metrics.keys == [
                        "hr@10", "ndcg@10", "mrr@10", "recall@20", "coverage@10", "gini@10",
                    ])
                for (name, expected) in [("hr@10", hitRate), ("ndcg@10", ndcg)] {
                    let measured = try #require(metrics[name]?.number)
                    #expect(abs(measured - expected) <= 0.002, "\(name) \(measured)")
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
                for (name, model, sentence) in [
                    ("X", "vae", "there is no protocol named X"),
                    ("L", "oracle", "there is no model named oracle"),
                ] {
                    let ending = try Self.evaluate(name, ["--model", model])
                    #expect(ending.status == 64, "\(ending)")
                    #expect(ending.errors.contains(sentence), "\(ending)")
                    #expect(ending.output.isEmpty)
                }
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
                        == ModelRegistry.families.map { $0.name[...] })
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
