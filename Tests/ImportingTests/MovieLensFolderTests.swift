import Events
import Support
import TestSupport
import Testing

@testable import Importing

@Suite struct MovieLensFolderTests {
    private let hundredThousand = [
        "u.data": "1\t2\t3\t881250949\n2\t1\t5\t881250950\n",
        "u.item": "1|Été (1995)|01-Feb-1995||http://x|0|1|1\n2|unknown||||1|0|0\n",
        "u.user": "1|24|M|technician|85711\n2|53|F|other|94043\n",
        "u.genre": "unknown|0\nAction|1\nDrama|2\n\n",
    ]
    private let oneMillion = [
        "ratings.dat": "1::2::3::978300760\nbroken\n2::1::5::978300761\n",
        "movies.dat": "1::Été (1995)::Action|Children's\n2::Nameless::Drama\n",
        "users.dat": "1::F::1::10::48067\n2::M::56::16::02460\n",
    ]

    @Test func reads100K() throws {
        let files = try TemporaryFolder(hundredThousand)
        let folder = try MovieLensFolder(path: files.path)
        #expect(folder.edition == .hundredThousand)
        #expect(
            try folder.items() == [
                ImportedItem(
                    id: ItemID(stored: "1"), title: "Été (1995)", categories: ["Action", "Drama"],
                    attributes: #"{"releaseDate":"1995-02-01","year":1995}"#),
                ImportedItem(id: ItemID(stored: "2"), title: "unknown"),
            ])
        #expect(
            try folder.users().map(\.attributes) == [
                #"{"age":24,"gender":"M","occupation":"technician","zip":"85711"}"#,
                #"{"age":53,"gender":"F","occupation":"other","zip":"94043"}"#,
            ])
        var events = try folder.events()
        let chunk = try #require(try events.nextChunk(maximum: 10))
        #expect(
            chunk.events.first
                == Event(
                    id: "movielens-100k:1:2", type: "rating", user: UserID(stored: "1"),
                    item: ItemID(stored: "2"), value: 3,
                    time: Timestamp(milliseconds: 881_250_949_000)))
        #expect(chunk.events.count == 2)
    }

    @Test func reads1M() throws {
        let files = try TemporaryFolder(oneMillion)
        let folder = try MovieLensFolder(path: files.path)
        #expect(folder.edition == .oneMillion)
        #expect(try folder.items().map(\.title) == ["Été (1995)", "Nameless"])
        #expect(try folder.items().map(\.categories) == [["Action", "Children's"], ["Drama"]])
        #expect(try folder.items().map(\.attributes) == [#"{"year":1995}"#, nil])
        #expect(
            try folder.users().first?.attributes
                == #"{"ageGroup":"under 18","gender":"F","occupation":"K-12 student","zip":"48067"}"#
        )
        var events = try folder.events()
        let first = try #require(try events.nextChunk(maximum: 2))
        #expect(first.events.map(\.id) == ["movielens-1m:1:2"])
        #expect(first.problems == [ImportProblem(line: 2, reason: "not four whole numbers")])
        #expect(first.bytesRead == 26)
        let second = try #require(try events.nextChunk(maximum: 2))
        #expect(second.events.map(\.id) == ["movielens-1m:2:1"])
        #expect(second.bytesRead == events.totalBytes)
        #expect(try events.nextChunk(maximum: 2) == nil)
        #expect(throws: ImportError.self) { try folder.ratings() }
    }

    @Test func namesTheMissingFile() throws {
        var files = oneMillion
        files["users.dat"] = nil
        let folder = try TemporaryFolder(files)
        #expect(throws: ImportError.missingFiles(folder: folder.path, names: ["users.dat"])) {
            try MovieLensFolder(path: folder.path)
        }
        let empty = try TemporaryFolder([:])
        let expected = ImportError.missingFiles(
            folder: empty.path, names: ["u.data", "ratings.dat"])
        #expect(throws: expected) { try MovieLensFolder(path: empty.path) }
    }

    @Test func namesTheBadLineOfTheCatalogue() throws {
        var files = oneMillion
        files["users.dat"] = "1::F::1::10::48067\n2::M::2::16::02460\n"
        let folder = try TemporaryFolder(files)
        let expected = ImportError.malformed(
            path: "\(folder.path)/users.dat",
            ImportProblem(line: 2, reason: "unknown age or occupation"))
        #expect(throws: expected) { try MovieLensFolder(path: folder.path).users() }
    }

    @Test(.enabled(if: TestData.has("ml-100k/u.data"), Comment(rawValue: TestData.reason)))
    func readsThePublished100K() throws {
        let folder = try MovieLensFolder(path: TestData.path("ml-100k"))
        let ratings = try folder.ratings()
        #expect(ratings.count == 100_000)
        #expect(Set(ratings.map(\.user)).count == 943)
        #expect(Set(ratings.map(\.item)).count == 1682)
        #expect(try folder.users().count == 943)
        let items = try folder.items()
        #expect(items.count == 1682)
        #expect(items[0].title == "Toy Story (1995)")
        #expect(items[0].categories == ["Animation", "Children's", "Comedy"])
        #expect(try events(of: folder) == 100_000)
    }

    @Test(.enabled(if: TestData.has("ml-1m/ratings.dat"), Comment(rawValue: TestData.reason)))
    func readsThePublished1M() throws {
        let folder = try MovieLensFolder(path: TestData.path("ml-1m"))
        #expect(try folder.users().count == 6040)
        let items = try folder.items()
        #expect(items.count == 3883)
        #expect(items.contains { $0.title == "Misérables, Les (1995)" })
        #expect(try events(of: folder) == 1_000_209)
    }

    private func events(of folder: MovieLensFolder) throws -> Int {
        var source = try folder.events()
        var count = 0
        while let chunk = try source.nextChunk(maximum: 10_000) {
            #expect(chunk.problems == [])
            count += chunk.events.count
        }
        return count
    }
}
