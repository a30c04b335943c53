import HTTP
import HTTPServer
import Store
import Support
import TestSupport
import Testing

@testable import API

@Suite struct KeyCheckTests {
    private let database: TemporaryStore

    init() throws {
        database = try TemporaryStore()
    }

    private func ring(_ key: String?, isLocal: Bool = true) -> KeyRing {
        KeyRing(hasher: database.store.keyHasher, configured: key, isLocal: isLocal)
    }

    private func status(
        _ ring: KeyRing, for access: Access = .anyKey, _ fields: Fields,
        from address: String = "127.0.0.1"
    ) throws -> Int {
        let audit = AuditLog(
            store: database.store, keys: ring, clock: database.clock, auditsReads: false)
        let check = KeyCheck(keys: ring, audit: audit, clock: database.clock)
        var request = try Request(method: .get, target: "/v1/users/u", fields: fields)
        request.clientAddress = try #require(IPAddress(address))
        do {
            try check.admission(for: access)(&request)
            return 200
        } catch let problem as Problem {
            #expect(
                (problem.fields["WWW-Authenticate"] != nil)
                    == (problem.status == .unauthorized
                        || problem.type == "/problems/insufficient-scope"))
            return problem.status.code
        }
    }

    private static func bearer(_ key: String) -> Fields { ["Authorization": "Bearer \(key)"] }

    @Test(arguments: [
        ("Bearer secret", 200), ("bearer secret", 200), ("BEARER  secret ", 200),
        ("Bearer other", 401), ("Bearer secret2", 401), ("Bearer", 401), ("Bearer ", 401),
        ("secret", 401), ("Basic secret", 401), ("", 401), ("Bearersecret", 401),
        ("Bearer@secret", 401), ("\u{22}earer secret", 401),
    ])
    func asksForTheConfiguredKey(authorization: String, expected: Int) throws {
        for access in [Access.anyKey, .scope(.admin), .scope(.events)] {
            let fields: Fields = ["Authorization": authorization]
            #expect(try status(ring("secret"), for: access, fields) == expected)
        }
        #expect(try status(ring("secret"), [:]) == 401)
        #expect(try status(ring("secret"), for: .anybody, [:]) == 200)
    }

    @Test func asksForTheScopeOfTheRoute() async throws {
        let keys = ring(nil)
        let (key, text) = try await database.store.createKey(
            .init(name: "shop", scopes: ["events", "somethingNewer"]))
        #expect(try status(keys, for: .scope(.events), [:]) == 200)
        keys.add(key)
        #expect(try status(keys, for: .scope(.events), [:]) == 401)
        #expect(try status(keys, for: .anybody, [:]) == 200)
        #expect(try status(keys, for: .scope(.events), Self.bearer(text)) == 200)
        #expect(try status(keys, for: .anyKey, Self.bearer(text)) == 200)
        #expect(try status(keys, for: .scope(.recommendations), Self.bearer(text)) == 403)
        #expect(try status(keys, for: .scope(.admin), Self.bearer(text)) == 403)
        #expect(try status(keys, for: .scope(.events), Self.bearer(text + "x")) == 401)
        #expect(try status(keys, for: .scope(.events), Self.bearer(String(text.dropLast()))) == 401)
        let other = text.replacing("starling_1_", with: "starling_2_")
        #expect(try status(keys, for: .scope(.events), Self.bearer(other)) == 401)
    }

    /// Nobody who revokes the last key wants everybody in.
    @Test func revokingTheLastKeyOpensTheServiceToNobody() async throws {
        let keys = ring(nil)
        let (key, text) = try await database.store.createKey(.init(name: "a", scopes: ["admin"]))
        keys.add(key)
        keys.remove(key.id)
        #expect(try status(keys, Self.bearer(text)) == 401)
        #expect(try status(keys, [:]) == 401)
        _ = try await database.store.revokeKey(key.id)
        let restarted = ring(nil)
        try await restarted.load(from: database.store.reader)
        #expect(try status(restarted, [:]) == 401)
        #expect(!restarted.letsAnybodyIn)
        #expect(try status(restarted, Self.bearer(restarted.commandKey)) == 200)
        #expect(try status(restarted, Self.bearer(keys.commandKey)) == 401)
    }

    /// Between the commit of a new key and its place in the ring somebody may list and revoke it.
    @Test func aKeyThatIsRevokedBeforeItIsTakenUpLetsNobodyIn() async throws {
        let keys = ring(nil)
        let (key, text) = try await database.store.createKey(.init(name: "a", scopes: ["events"]))
        _ = try await database.store.revokeKey(key.id)
        keys.remove(key.id)
        keys.add(key)
        #expect(try status(keys, Self.bearer(text)) == 401)
        let next = try await database.store.createKey(.init(name: "b", scopes: ["events"]))
        keys.add(next.key)
        #expect(try status(keys, Self.bearer(next.text)) == 200)
    }

    @Test func aKeyIsValidUntilItsEnd() async throws {
        let keys = ring(nil)
        let end = database.clock.now() + .seconds(10)
        let (key, text) = try await database.store.createKey(
            .init(name: "a", scopes: ["events"], expiresAt: end))
        keys.add(key)
        database.clock.advance(by: .milliseconds(9_999))
        #expect(try status(keys, Self.bearer(text)) == 200)
        database.clock.advance(by: .milliseconds(1))
        #expect(try status(keys, Self.bearer(text)) == 401)
    }

    @Test func severalKeysAreValidAtATime() async throws {
        let keys = ring("configured")
        var texts: [String] = ["configured", keys.commandKey]
        for name in ["old", "new"] {
            let made = try await database.store.createKey(.init(name: name, scopes: ["events"]))
            keys.add(made.key)
            texts.append(made.text)
        }
        for text in texts { #expect(try status(keys, Self.bearer(text)) == 200) }
        keys.remove(1)
        #expect(try texts.map { try status(keys, Self.bearer($0)) } == [200, 200, 401, 200])
    }

    @Test func withoutAKeyOnlyThisMachineGetsIn() throws {
        #expect(try status(ring(nil), [:], from: "127.0.0.1") == 200)
        #expect(try status(ring(nil), [:], from: "::1") == 200)
        #expect(try status(ring(nil), [:], from: "192.0.2.1") == 403)
        #expect(try status(ring(nil), [:], from: "::") == 403)  // of whom no address is known
        #expect(try status(ring(nil, isLocal: false), [:], from: "127.0.0.1") == 401)
        #expect(try status(ring("secret"), Self.bearer("secret"), from: "192.0.2.1") == 200)
    }

    @Test func aUseIsToldOnceAMinute() async throws {
        let (used, note) = AsyncStream.makeStream(of: Int64.self)
        let keys = KeyRing(hasher: database.store.keyHasher, configured: nil, isLocal: true) {
            id, _ in note.yield(id)
        }
        let (key, text) = try await database.store.createKey(.init(name: "a", scopes: ["events"]))
        keys.add(key)
        for _ in 0..<3 { #expect(try status(keys, Self.bearer(text)) == 200) }
        database.clock.advance(by: .seconds(60))
        for _ in 0..<3 { #expect(try status(keys, Self.bearer(text)) == 200) }
        note.finish()
        #expect(await used.reduce(into: []) { $0.append($1) } == [1, 1])
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
        #expect(LoopbackHost.isName(host) == isLoopback)
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
        #expect(try status(ring(nil), fields) == expected)
    }
}
