import Events
import Support
import Testing

@testable import Importing

@Suite struct CSVEventsTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func read(
        _ text: String, maximum: Int = 1000
    ) throws -> (events: [Event], problems: [ImportProblem], source: CSVEvents) {
        let file = try TemporaryFile(text)
        var source = try CSVEvents(path: file.path, now: Self.now)
        var events: [Event] = []
        var problems: [ImportProblem] = []
        var bytesRead: Int64 = 0
        while let chunk = try source.nextChunk(maximum: maximum) {
            #expect((1...maximum).contains(chunk.events.count + chunk.problems.count))
            #expect(chunk.bytesRead > bytesRead)
            bytesRead = chunk.bytesRead
            events += chunk.events
            problems += chunk.problems
        }
        return (events, problems, source)
    }

    @Test func readsEveryColumn() throws {
        let (events, problems, source) = try read(
            """
            time,id,user,item,type,value,session,recommendation,colour
            2026-11-20T10:00:00Z,e-1,u1,i9,rating,4.5,s-1,r-1,red
            1763632800000,,u2,i9,,,,,
            """)
        #expect(problems == [])
        #expect(source.unknownColumns == ["colour"])
        let user = try #require(UserID("u1"))
        let item = try #require(ItemID("i9"))
        #expect(
            events.first
                == Event(
                    id: "e-1", type: "rating", user: user, item: item, value: 4.5,
                    time: Timestamp(rfc3339: "2026-11-20T10:00:00Z"), recommendation: "r-1",
                    session: "s-1"))
        #expect(events.last?.type == "view")
        #expect(events.last?.time == Timestamp(milliseconds: 1_763_632_800_000))
        #expect(events.last?.value == nil)
        #expect(events.last?.session == nil)
    }

    @Test(arguments: [
        ("u,i", "u", "i"), ("\"u\",\"i\"", "u", "i"), ("\"a,b\",i", "a,b", "i"),
        ("\"say \"\"hi\"\"\",i", "say \"hi\"", "i"), (" u ,i", " u ", "i"),
        ("Zoë,\"日本\"", "Zoë", "日本"),
    ])
    func readsQuotedFields(row: String, user: String, item: String) throws {
        for text in ["user,item\n\(row)", "\u{FEFF}user,item\r\n\(row)\r\n\r\n"] {
            let (events, problems, _) = try read(text)
            #expect(problems == [])
            #expect(events.map(\.user.rawValue) == [user])
            #expect(events.map(\.item.rawValue) == [item])
        }
    }

    @Test func aRecordMayGoOverSeveralLines() throws {
        let file = try TemporaryFile("a,\"b\r\nc\n\nd\",e\r\nf")
        var reader = try CSVReader(path: file.path)
        #expect(try reader.next()?.fields.get() == ["a", "b\r\nc\n\nd", "e"])
        let second = try #require(try reader.next())
        #expect(second.line == 5)
        #expect(try second.fields.get() == ["f"])
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [
        ("u", "1 fields where 7 columns are named"),
        ("u,i,1,,,,,", "8 fields where 7 columns are named"),
        (",i,,,,,", "user must be 1 to 256 bytes without control characters"),
        ("u,,,,,,", "item must be 1 to 256 bytes without control characters"),
        ("u,i,,,,,a\tb", "session must be 1 to 256 bytes without control characters"),
        ("u,i,five,,,,", "value is not a finite number"),
        ("u,i,inf,,,,", "value is not a finite number"),
        ("u,i,,yesterday,,,", "time must be an RFC 3339 string or integer milliseconds since 1970"),
        ("u,i,,1763632800,,,", "time is before 1990 (are these seconds?)"),
        ("u,i,,1800100000000,,,", "time is more than a day ahead"),
        ("u,i\"i\",,,,,", "a quote inside an unquoted field"),
        ("u,\"i\"i,,,,,", "a quote inside an unquoted field"),
    ])
    func reportsABadRowAndGoesOn(row: String, reason: String) throws {
        let (events, problems, _) = try read(
            "user,item,value,time,id,type,session\n\(row)\nu9,i9,,,,,\n")
        #expect(problems == [ImportProblem(line: 2, reason: reason)])
        #expect(events.map(\.user.rawValue) == ["u9"])
    }

    @Test func reportsAQuoteThatIsNeverClosed() throws {
        let (events, problems, _) = try read("user,item\na,b\nc,\"d\ne,f\n")
        #expect(events.count == 1)
        #expect(problems == [ImportProblem(line: 3, reason: "a quote is not closed")])
    }

    @Test func reportsBytesThatAreNotUTF8() throws {
        let file = try TemporaryFile(Array("user,item\na,".utf8) + [0xFF, 0x0A])
        var source = try CSVEvents(path: file.path, now: Self.now)
        let chunk = try #require(try source.nextChunk(maximum: 10))
        #expect(chunk.problems == [ImportProblem(line: 2, reason: "not UTF-8")])
        #expect(chunk.bytesRead == source.totalBytes)
    }

    @Test(arguments: [
        ("", "no names of columns"), ("user\nu", "no column item"),
        ("item;user\n", "no column user"), ("user,item,user\n", "a column is named twice"),
    ])
    func refusesAFileWithoutTheColumns(text: String, reason: String) throws {
        let file = try TemporaryFile(text)
        let expected = ImportError.malformed(
            path: file.path, ImportProblem(line: 1, reason: reason))
        #expect(throws: expected) { try CSVEvents(path: file.path, now: Self.now) }
    }

    @Test func sameFileGivesSameIds() throws {
        let text = "user,item,value\na,b,1\na,b,1\na,b,2\nb,a,1\na,b,1\n"
        let ids = try read(text).events.compactMap(\.id)
        #expect(Set(ids).count == 5)
        #expect(try read(text, maximum: 2).events.compactMap(\.id) == ids)
        // The occurrences of a row are numbered by themselves: other rows may come between.
        let more = try read("user,item,value\na,b,2\na,b,1\nz,z,\na,b,1\n").events.compactMap(\.id)
        #expect(more[0] == ids[2])
        #expect(more[1] == ids[0])
        #expect(more[3] == ids[1])
    }
}
