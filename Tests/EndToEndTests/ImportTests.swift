import Foundation
import Support
import Testing

extension EndToEnd {
    /// `starling import`: the same file twice is stored once, with and without a service.
    @Suite struct ImportTests {
        private static let users = 30
        private static let items = 40
        private static let ratingsEach = 6

        /// Each kind of file in its folder, with the arguments that import it.
        private static func sources(in folder: TemporaryFolder) throws -> [[String]] {
            let movies = try movieLens(in: folder)
            let csv = try folder.write(
                "user,item,type,value,time\n"
                    + (0..<200).map { "c\($0 % 20),i\($0 % 33),rating,\(1 + $0 % 5),\(time($0))\n" }
                    .joined(), to: "events.csv")
            let lines = try folder.write(
                (0..<200).map {
                    let id = $0 % 2 == 0 ? #""id":"n\#($0)","# : ""
                    return
                        #"{\#(id)"type":"like","user":"n\#($0 % 20)","#
                        + #""item":"i\#($0 % 33)","time":\#(time($0))}"#
                        + "\n"
                }.joined(), to: "events.ndjson")
            return [["movielens", movies], ["csv", csv], ["events", lines]]
        }

        /// How many events the sources hold together.
        private static let events = users * ratingsEach + 200 + 200

        @Test(.timeLimit(.minutes(5)))
        func aFileImportedTwiceIsStoredOnce() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let sources = try Self.sources(in: folder)
                for isRepeat in [false, true] {
                    for source in sources {
                        try Self.importOnce(source, folder.database, isRepeat: isRepeat)
                    }
                }
                try Self.check(RunningStarling(folder.database))
            }
        }

        /// The first half without a service, all of it again through one.
        @Test(.timeLimit(.minutes(5)))
        func whereAServiceRunsTheImportGoesThroughIt() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let sources = try Self.sources(in: folder)
                try Self.importOnce(sources[0], folder.database, isRepeat: false)
                let key = ["STARLING_API_KEY": "secret-1"]
                let service = try RunningStarling(folder.database, settings: key)
                try Self.importOnce(sources[0], folder.database, isRepeat: true, key)
                for isRepeat in [false, true] {
                    for source in sources[1...] {
                        try Self.importOnce(source, folder.database, isRepeat: isRepeat, key)
                    }
                }
                // Whoever may read the database file needs no key of his own.
                try Self.importOnce(sources[1], folder.database, isRepeat: true)
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                try Self.check(RunningStarling(folder.database))
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func badLinesAreCountedAndTheGoodOnesStored() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let file = try folder.write(
                    #"{"type":"like","user":"a","item":"i"}"# + "\nno JSON\n"
                        + #"{"type":"like","user":"a"}"# + "\n", to: "events.ndjson")
                let ending = try Program.run(
                    ["import", "events", file, "--database", folder.database])
                #expect(ending.status == 0)
                #expect(ending.output.contains("events: 1 new"), "\(ending)")
                #expect(ending.output.contains("2 bad lines"), "\(ending)")
                let missing = try Program.run(
                    ["import", "movielens", folder.path("none"), "--database", folder.database])
                #expect(missing.status == 1)
                #expect(missing.errors.contains("u.data"), "\(missing)")
            }
        }

        private static func importOnce(
            _ source: [String], _ database: String, isRepeat: Bool,
            _ environment: [String: String] = [:]
        ) throws {
            let ending = try Program.run(
                ["import"] + source + ["--database", database], environment: environment)
            #expect(ending.status == 0, "\(source): \(ending)")
            let count = source[0] == "movielens" ? users * ratingsEach : 200
            let expected =
                isRepeat
                ? "events: 0 new, \(count) were there already, 0 rejected, 0 bad lines"
                : "events: \(count) new, 0 were there already, 0 rejected, 0 bad lines"
            #expect(ending.output.contains(expected), "\(source): \(ending)")
        }

        private static func check(_ service: RunningStarling) throws {
            let stats = try service.json("GET", "/v1/admin/stats")
            #expect(stats["events"]?.integer == events)
            #expect(try service.events(of: "7").count == ratingsEach)
            let film = try service.json("GET", "/v1/items/7")
            #expect(film["title"]?.string == "Film No. 7 (1987)")
            #expect(film["categories"]?.array == [.string("Comedy")])
            let user = try service.json("GET", "/v1/users/7")
            #expect(user["attributes"]?["age"]?.integer == 37)
        }

        private static func time(_ number: Int) -> Int { 1_700_000_000_000 + number * 1000 }

        /// A made-up folder in the form of MovieLens 100K.
        private static func movieLens(in folder: TemporaryFolder) throws -> String {
            let name = "films"
            try FileManager.default.createDirectory(
                atPath: folder.path(name), withIntermediateDirectories: true)
            _ = try folder.write("unknown|0\nComedy|1\nDrama|2\n\n", to: "\(name)/u.genre")
            _ = try folder.write(
                (1...items).map {
                    "\($0)|Film No. \($0) (\(1980 + $0))|01-Jan-\(1980 + $0)|"
                        + "|http://films.example/\($0)"
                        + "|0|\($0 % 2)|\(1 - $0 % 2)\n"
                }.joined(), to: "\(name)/u.item")
            _ = try folder.write(
                (1...users).map { "\($0)|\(30 + $0)|F|writer|0000\($0)\n" }.joined(),
                to: "\(name)/u.user")
            _ = try folder.write(
                (1...users).flatMap { user in
                    (0..<ratingsEach).map {
                        "\(user)\t\(1 + (user + $0 * 3) % items)\t\(1 + $0 % 5)\t88125\($0)000\n"
                    }
                }.joined(), to: "\(name)/u.data")
            return folder.path(name)
        }
    }
}
