import HTTP
import HTTPServer
import Testing

@testable import API

@Suite struct KeyCheckTests {
    private func status(
        _ key: String?, path: String = "/v1/users/u", _ fields: Fields
    ) throws -> Int {
        let request = try Request(method: .get, target: path, fields: fields)
        do {
            _ = try KeyCheck(key: key).middleware(request) { _ in .now(Response()) }
            return 200
        } catch let problem as Problem {
            return problem.status.code
        }
    }

    @Test(arguments: [
        ("Bearer secret", 200), ("bearer secret", 200), ("BEARER  secret ", 200),
        ("Bearer other", 401), ("Bearer secret2", 401), ("Bearer", 401), ("Bearer ", 401),
        ("secret", 401), ("Basic secret", 401), ("", 401), ("Bearersecret", 401),
    ])
    func asksForTheKey(authorization: String, expected: Int) throws {
        #expect(try status("secret", ["Authorization": authorization]) == expected)
    }

    @Test func asksForTheKeyWhereNoneIsSent() throws {
        #expect(try status("secret", [:]) == 401)
        let request = try Request(method: .get, target: "/v1/users/u")
        #expect {
            _ = try KeyCheck(key: "secret").middleware(request) { _ in .now(Response()) }
        } throws: { error in
            (error as? Problem)?.fields["WWW-Authenticate"] == "Bearer"
        }
    }

    @Test func answersAboutHealthWithoutAKey() throws {
        #expect(try status("secret", path: "/health/live", [:]) == 200)
        #expect(try status("secret", path: "/health/ready", [:]) == 200)
        #expect(try status("secret", path: "/health/readyx", [:]) == 401)
    }

    @Test(arguments: [
        ("localhost", true), ("localhost:8080", true), ("LOCALHOST:1", true), ("127.0.0.1", true),
        ("127.0.0.1:8080", true), ("127.255.0.9", true), ("[::1]", true), ("[::1]:8080", true),
        ("::1", true), ("", false), ("example.org", false), ("localhost.example.org", false),
        ("localhost:example.org", false), ("127.0.0.1.example.org", false), ("127.1", false),
        ("127.0.0.256", false), ("128.0.0.1", false), ("0.0.0.0", false), ("10.0.0.1", false),
        ("[::2]", false), ("[::1].example.org", false), ("[::1]:x", false), ("[::1", false),
        ("::", false), ("localhost/evil", false), ("evil@localhost", false),
    ])
    func tellsThisMachineFromOthers(host: String, isLoopback: Bool) {
        #expect(KeyCheck.isLoopback(host: host) == isLoopback)
    }

    @Test(
        arguments: [
            (["Host": "localhost:8080"], 200), (["Host": "127.0.0.1"], 200), ([:], 200),
            (["Host": "rebound.example.org"], 403),
            (["Host": "localhost", "Origin": "http://localhost:3000"], 200),
            (["Host": "localhost", "Origin": "https://example.org"], 403),
            (["Host": "localhost", "Origin": "https://example.org/127.0.0.1"], 403),
            (["Host": "localhost", "Origin": "null"], 403),
            (["Host": "localhost", "Origin": ""], 403),
        ] as [(Fields, Int)])
    func letsNoWebPageInWithoutAKey(fields: Fields, expected: Int) throws {
        #expect(try status(nil, fields) == expected)
    }
}
