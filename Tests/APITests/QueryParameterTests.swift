import HTTP
import Support
import Testing

@testable import API

@Suite struct QueryParameterTests {
    private static let k = QueryParameter.integer("k", "", in: 1...500, default: 10)
    private static let on = QueryParameter.flag("on", "")
    private static let exclude = QueryParameter.items("exclude", "")
    private static let model = QueryParameter.text("model", "")
    private static let operation = Operation(
        .service, "test", "", query: [k, on, exclude, model, QueryParameter.limit],
        planned: ["explain"], answers: [])

    private func request(_ query: String) throws -> Request {
        try Request(method: .get, target: "/x?" + query)
    }

    private func problem(_ body: () throws -> Void) throws -> Problem {
        do {
            try body()
        } catch let problem as Problem {
            return problem
        }
        throw Problem.notFound("a problem")
    }

    @Test func readsWhatTheRouteKnows() throws {
        let query = try request("k=5&on=true&model=vae&exclude=a,b%20c")
        try Self.operation.check(query.query)
        #expect(try query.value(of: Self.k) == 5)
        #expect(try query.value(of: Self.on))
        #expect(try query.value(of: Self.model) == "vae")
        #expect(try query.value(of: Self.exclude).map(\.rawValue) == ["a", "b c"])
        #expect(try query.value(of: .limit) == 100)
    }

    @Test func takesTheDefaultOfWhatIsNotGiven() throws {
        let query = try request("exclude=")
        #expect(try query.value(of: Self.k) == 10)
        #expect(try query.value(of: Self.on) == false)
        #expect(try query.value(of: Self.model) == nil)
        #expect(try query.value(of: Self.exclude).isEmpty)
    }

    @Test(arguments: [
        ("q=1", "/problems/unknown-parameter", "unknown query parameter q"),
        ("K=1", "/problems/unknown-parameter", "unknown query parameter K"),
        ("k=1&k=1", "/problems/invalid-parameter", "query parameter k is given twice"),
        (
            "explain=true", "/problems/not-supported",
            "query parameter explain is not supported by this version"
        ),
    ])
    func refuses(query: String, type: String, detail: String) throws {
        let query = try request(query).query
        let problem = try problem { try Self.operation.check(query) }
        #expect(problem.status == .badRequest)
        #expect(problem.type == type)
        #expect(problem.detail == detail)
    }

    @Test(arguments: ["0", "501", "", "x", "1.5", "1e2", "-1", "99999999999999999999"])
    func refusesANumberOutOfItsRange(text: String) throws {
        let query = try request("k=" + text)
        let problem = try problem { _ = try query.value(of: Self.k) }
        #expect(problem.detail == "k must be an integer from 1 to 500")
    }

    @Test(arguments: [("1", 1), ("1000", 1000)])
    func takesALimitUpTo1000(text: String, limit: Int) throws {
        #expect(try request("limit=" + text).value(of: .limit) == limit)
    }

    @Test(arguments: ["0", "1001"])
    func refusesALimitBeyond1000(text: String) throws {
        let query = try request("limit=" + text)
        #expect(throws: Problem.self) { try query.value(of: .limit) }
    }

    @Test(arguments: ["1", "yes", "TRUE", ""])
    func refusesAFlagThatIsNeitherTrueNorFalse(text: String) throws {
        let query = try request("on=" + text)
        #expect(throws: Problem.self) { try query.value(of: Self.on) }
    }

    @Test(arguments: [",", "a,,b", "a,", "a%0Ab"])
    func refusesAListWithABadID(text: String) throws {
        let query = try request("exclude=" + text)
        #expect(throws: Problem.self) { try query.value(of: Self.exclude) }
    }
}
