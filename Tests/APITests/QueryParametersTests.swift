import HTTP
import Support
import Testing

@testable import API

@Suite struct QueryParametersTests {
    private func parameters(_ query: String) throws -> QueryParameters {
        try QueryParameters(
            Request(method: .get, target: "/x?" + query),
            known: ["k", "limit", "on", "exclude", "model"], planned: ["explain"])
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
        let query = try parameters("k=5&on=true&model=vae&exclude=a,b%20c")
        #expect(try query.integer("k", in: 1...500) == 5)
        #expect(try query.flag("on") == true)
        #expect(query.text("model") == "vae")
        #expect(try query.items("exclude").map(\.rawValue) == ["a", "b c"])
        #expect(try query.limit() == 100)
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
        let problem = try problem { _ = try parameters(query) }
        #expect(problem.status == .badRequest)
        #expect(problem.type == type)
        #expect(problem.detail == detail)
    }

    @Test(arguments: ["0", "501", "", "x", "1.5", "1e2", "-1", "99999999999999999999"])
    func refusesANumberOutOfItsRange(text: String) throws {
        let query = try parameters("k=" + text)
        let problem = try problem { _ = try query.integer("k", in: 1...500) }
        #expect(problem.detail == "k must be an integer from 1 to 500")
    }

    @Test(arguments: [("1", 1), ("1000", 1000)])
    func takesALimitUpTo1000(text: String, limit: Int) throws {
        #expect(try parameters("limit=" + text).limit() == limit)
    }

    @Test(arguments: ["0", "1001"])
    func refusesALimitBeyond1000(text: String) throws {
        let query = try parameters("limit=" + text)
        #expect(throws: Problem.self) { try query.limit() }
    }

    @Test(arguments: ["1", "yes", "TRUE", ""])
    func refusesAFlagThatIsNeitherTrueNorFalse(text: String) throws {
        let query = try parameters("on=" + text)
        #expect(throws: Problem.self) { try query.flag("on") }
    }

    @Test(arguments: [",", "a,,b", "a,", "a%0Ab"])
    func refusesAListWithABadID(text: String) throws {
        let query = try parameters("exclude=" + text)
        #expect(throws: Problem.self) { try query.items("exclude") }
    }
}
