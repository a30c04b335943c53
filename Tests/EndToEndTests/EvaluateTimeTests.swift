import Foundation
import Support
import Testing

extension EndToEnd {
    /// `starling evaluate --protocol time` on a database that a service writes to.
    @Suite struct EvaluateTimeTests {
        private static let start: Int64 = 1_767_225_600_000

        /// Fifty users like one item an hour each, in circles of ten; in the last two hours they
        /// like an item that nobody had liked before.
        private static var lines: [String] {
            (0..<20).flatMap { hour in
                (0..<50).map { user in
                    let item =
                        hour < 18 ? "i\((user + hour) % 10 + 10 * (user % 3))" : "late\(hour)"
                    let time = start + Int64(hour) * 3_600_000 + Int64(user)
                    return
                        #"{"type":"like","user":"u\#(user)","item":"\#(item)","time":\#(time)}"#
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func measuresTheOwnLogWhileAServiceRuns() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                try service.post(Self.lines)
                let ending = try Self.evaluate(
                    folder,
                    ["--at", "2026-01-01T08:00:00Z", "--json", "--svg", folder.path("a.svg")]
                )
                #expect(ending.status == 0, "\(ending)")
                let row = try JSONValue(Array(ending.output.utf8))
                #expect(row["protocol"]?.string == "time")
                #expect(row["users"]?.integer == 50)
                #expect(row["metrics"]?["hr@10"]?.number != nil)
                let notes = row["notes"]?.array.compactMap(\.string) ?? []
                #expect(
                    notes.contains {
                        $0.hasSuffix("100 more were used by nobody before and can't be found")
                    }, "\(notes)")
                #expect(notes.first?.contains("test from 2026-01-01T08:00:00.000Z") == true)
                let svg = try String(contentsOfFile: folder.path("a.svg"), encoding: .utf8)
                #expect(svg.contains("<svg") && svg.contains("Protocol time"))
                // The service is none the worse for it.
                #expect(try service.recommendations(for: "u1")["items"] != nil)
            }
        }

        /// An earlier result stands beside, from a share this time.
        @Test(.timeLimit(.minutes(5)))
        func anEarlierResultStandsBeside() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let log = try folder.write(Self.lines.joined(separator: "\n"), to: "log.ndjson")
                let imported = try Program.run(
                    ["import", "events", log, "--database", folder.database])
                #expect(imported.status == 0, "\(imported)")
                let first = try Self.evaluate(folder, ["--at", "0.4", "--json"])
                let earlier = try folder.write(first.output, to: "earlier.json")
                let second = try Self.evaluate(
                    folder, ["--at", "0.4", "--seed", "2", "--compare", earlier])
                #expect(second.status == 0, "\(second)")
                #expect(
                    second.output.contains("popularity seed 2     95 % interval  popularity se"))
                let other = try Self.evaluate(folder, ["--at", "0.35", "--compare", earlier])
                #expect(other.status == 64, "\(other)")
                #expect(other.errors.contains("another protocol, split or data set"))
                let noResult = try Self.evaluate(folder, ["--at", "0.4", "--compare", log])
                #expect(noResult.status == 64 && noResult.output.isEmpty, "\(noResult)")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func aCutThatLeavesNothingIsRefused() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let log = try folder.write(Self.lines.joined(separator: "\n"), to: "log.ndjson")
                _ = try Program.run(["import", "events", log, "--database", folder.database])
                for (at, sentence) in [
                    ("2025-01-01T00:00:00Z", "no user to train on"),
                    ("2027-01-01T00:00:00Z", "no user for test"),
                ] {
                    let ending = try Self.evaluate(folder, ["--at", at])
                    #expect(ending.status == 1, "\(ending)")
                    #expect(ending.errors.contains(sentence), "\(ending)")
                }
            }
        }

        private static func evaluate(
            _ folder: TemporaryFolder, _ arguments: [String]
        ) throws -> Program.Ending {
            try Program.run(
                [
                    "evaluate", "--protocol", "time", "--database", folder.database, "--model",
                    "popularity",
                ] + arguments)
        }
    }
}
