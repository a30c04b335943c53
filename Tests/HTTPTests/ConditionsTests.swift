import HTTP
import Testing

/// What a good answer becomes under a request's conditions.
@Suite struct ConditionsTests {
    private static let tagged = Response(
        fields: [
            "Content-Type": "text/plain; charset=utf-8", "ETag": "\"a\"", "Cache-Control": "x",
        ],
        body: [1, 2])

    @Test(
        arguments: [
            ("RFC 9110, 12.5.1: absent", nil, true), ("any", "*/*", true),
            ("itself", "text/plain", true),
            ("in another case", "Text/PLAIN", true), ("its kind", "text/*", true),
            ("one of several", "image/png, text/plain;q=0.1", true),
            ("empty elements", ", text/plain,", true), ("a parameter", "text/plain;format=x", true),
            ("another", "image/png", false), ("another kind", "image/*", false),
            ("its own weight is 0", "text/plain;q=0", false),
            ("the closest range counts", "*/*, text/plain;q=0.0", false),
            ("the closest range counts, the other way", "text/*;q=0, text/plain", true),
            ("malformed says nothing", "text", true),
            ("a malformed weight too", "image/png;q=x", true),
            ("weights above 1 too", "image/png;q=2", true), ("empty says nothing", "", true),
        ] as [(String, String?, Bool)])
    func heedsAccept(rule: String, accept: String?, isFine: Bool) throws {
        let fields = accept.map { ["Accept": $0] as Fields } ?? Fields()
        let answer = Self.tagged.suited(to: try Request(method: .get, target: "/", fields: fields))
        #expect(answer.status == (isFine ? .ok : .notAcceptable))
        #expect(isFine || answer.fields["Content-Type"] == "application/problem+json")
    }

    @Test func severalAcceptLinesAreOne() throws {
        var fields: Fields = ["Accept": "image/png"]
        fields.append(name: "Accept", value: "text/plain")
        let request = try Request(method: .get, target: "/", fields: fields)
        #expect(Self.tagged.suited(to: request).status == .ok)
    }

    @Test(arguments: [
        ("RFC 9110, 13.1.2: the same", "If-None-Match", "\"a\"", 304),
        ("weak comparison", "If-None-Match", "W/\"a\"", 304),
        ("one of several", "If-None-Match", "\"b\", \"a,b\" ,W/\"a\"", 304),
        ("any", "If-None-Match", "*", 304), ("another", "If-None-Match", "\"b\"", 200),
        ("without quotes", "If-None-Match", "a", 200),
        ("without an end", "If-None-Match", "\"a", 200), ("empty", "If-None-Match", "", 200),
        ("RFC 9110, 13.1.1: the same", "If-Match", "\"b\", \"a\"", 200),
        ("any", "If-Match", "*", 200),
        ("another", "If-Match", "\"b\"", 412),
        ("strong comparison", "If-Match", "W/\"a\"", 412),
    ])
    func heedsConditions(rule: String, name: String, value: String, status: Int) throws {
        for method in [HTTP.Method.get, .head] {
            let request = try Request(method: method, target: "/", fields: [name: value])
            #expect(Self.tagged.suited(to: request).status.code == status)
        }
    }

    @Test func notModifiedKeepsWhatCachesNeed() throws {
        let request = try Request(method: .get, target: "/", fields: ["If-None-Match": "\"a\""])
        let answer = Self.tagged.suited(to: request)
        #expect(answer.body.isEmpty)
        #expect(answer.fields.pairs.map(\.name) == ["ETag", "Cache-Control"])
    }

    @Test func othersAreLeftAlone() throws {
        let fields: Fields = ["If-None-Match": "*", "Accept": "image/png"]
        let post = try Request(method: .post, target: "/", fields: fields)
        #expect(Self.tagged.suited(to: post).status == .ok)
        let get = try Request(method: .get, target: "/", fields: fields)
        #expect(Problem(.notFound, type: "x").response.suited(to: get).status == .notFound)
        let untagged = try Request(method: .get, target: "/", fields: ["If-None-Match": "*"])
        #expect(Response(text: "x").suited(to: untagged).status == .ok)
    }
}
