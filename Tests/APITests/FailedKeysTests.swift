import HTTP
import Support
import Testing

@testable import API

/// Whoever tries keys in numbers is stopped before they are compared.
@Suite struct FailedKeysTests {
    private let clock = ManualMonotonicClock()

    private func service(burst: Int = 3, key: String? = "root") async throws -> TestService {
        var options = APIService.Options()
        options.failedKeyRate = BucketRate(perSecond: 1, burst: burst)
        options.monotonicClock = clock
        return try await TestService(key: key, options: options)
    }

    private func answer(
        _ service: TestService, _ key: String?, from address: String = "192.0.2.1",
        _ target: String = "/v1/admin/jobs"
    ) async throws -> Answer {
        let fields: Fields = key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
        var request = try Request(method: .get, target: target, fields: fields)
        request.clientAddress = try #require(IPAddress(address))
        return await service.answer(request)
    }

    /// Were it compared, the answer would tell a guesser that he has found it.
    @Test func theRightKeyIsNotComparedBehindTooManyWrongOnes() async throws {
        let service = try await service()
        for number in 0..<3 {
            #expect(try await answer(service, "guess-\(number)").status == 401)
        }
        for key in ["guess", "root"] {
            let refused = try await answer(service, key)
            #expect(refused.status == 429)
            #expect(refused.problem == "too-many-requests")
            #expect(refused.response.refusal == "too-many-failed-keys")
            #expect(refused.response.fields["Retry-After"] == "1")
        }
        #expect(try await answer(service, nil, "/health/live").status == 200)
        clock.advance(by: .seconds(1))
        #expect(try await answer(service, "root").status == 200)
        #expect(try await answer(service, "guess").status == 401)
        #expect(try await answer(service, "root").status == 429)
    }

    @Test func othersAreNotHeldUp() async throws {
        let service = try await service(burst: 1)
        #expect(try await answer(service, "guess").status == 401)
        #expect(try await answer(service, "root").status == 429)
        #expect(try await answer(service, "root", from: "192.0.2.2").status == 200)
        #expect(try await answer(service, "guess", from: "2001:db8::1").status == 401)
        // The same network, so the same client.
        #expect(try await answer(service, "root", from: "2001:db8::2").status == 429)
        #expect(try await answer(service, "root", from: "2001:db8:0:1::2").status == 200)
    }

    /// Behind a proxy on this machine that isn't trusted all have its address.
    @Test func theMachinesOwnAddressIsNeverLockedOut() async throws {
        let service = try await service(burst: 1)
        for address in ["127.0.0.1", "::1"] {
            for _ in 0..<3 {
                #expect(try await answer(service, "guess", from: address).status == 401)
            }
            #expect(try await answer(service, "root", from: address).status == 200)
        }
    }

    /// Neither who asks without a key, nor who has the right one and isn't allowed, guesses.
    @Test func onlyWrongKeysCount() async throws {
        let service = try await service(burst: 1)
        let (key, text) = try await service.database.store.createKey(
            .init(name: "a", scopes: ["events"]))
        service.keys.add(key)
        for _ in 0..<5 {
            #expect(try await answer(service, nil).status == 401)
            #expect(try await answer(service, text).status == 403)
        }
        #expect(try await answer(service, "root").status == 200)
    }

    /// A service on this machine that has no key yet lets in whoever brings any.
    @Test func withoutAKeyNothingFails() async throws {
        let service = try await service(burst: 1, key: nil)
        for _ in 0..<5 {
            #expect(try await answer(service, "any", from: "127.0.0.1").status == 200)
        }
    }

    @Test func isOnByDefault() {
        #expect(
            APIService.Options().failedKeyRate == BucketRate(perSecond: 10, burst: 100))
    }

    /// Nothing is looked up any more once all could begin anew, and of more clients than are
    /// remembered the one who failed longest ago does so.
    @Test func forgets() throws {
        let failures = FailedKeys(
            BucketRate(perSecond: 1, burst: 1), clock: clock, rememberedClients: 2)
        let clients = try ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map {
            try #require(IPAddress($0))
        }
        let second: Int64 = 1_000_000_000
        for client in clients { failures.note(client) }
        #expect(clients.map { failures.wait(of: $0) } == [nil, second, second])
        clock.advance(by: .milliseconds(999))
        #expect(failures.wait(of: clients[1]) == 1_000_000)
        clock.advance(by: .milliseconds(1))
        #expect(clients.map { failures.wait(of: $0) } == [nil, nil, nil])
        failures.note(clients[0])
        #expect(failures.wait(of: clients[0]) == second)
    }
}
