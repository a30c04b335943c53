import HTTP
import Support
import Testing

@testable import API

/// Token buckets of keys and clients.
@Suite struct RequestRatesTests {
    private let clock = ManualMonotonicClock()

    private func options(burst: Int) -> APIService.Options {
        var options = APIService.Options()
        options.requestRate = BucketRate(perSecond: 1, burst: burst)
        options.monotonicClock = clock
        return options
    }

    @Test func eachKeyHasItsOwnBucket() async throws {
        let service = try await TestService(key: "root", options: options(burst: 2))
        let other = service.keys.commandKey
        func status(_ key: String) async throws -> Int {
            try await service.send(.get, "/v1/admin/jobs", key: key).status
        }
        #expect(try await status("root") == 200)
        #expect(try await status("root") == 200)
        let refused = try await service.send(.get, "/v1/admin/jobs", key: "root")
        #expect(refused.status == 429)
        #expect(refused.problem == "too-many-requests")
        #expect(refused.response.fields["Retry-After"] == "1")
        let (key, text) = try await service.database.store.createKey(
            .init(name: "a", scopes: ["admin"]))
        service.keys.add(key)
        #expect(try await status(text) == 200)
        for _ in 0..<5 { #expect(try await status(other) == 200) }  // the commands aren't counted
        #expect(try await service.get("/health/live").status == 200)
        clock.advance(by: .seconds(1))
        #expect(try await status("root") == 200)
        #expect(try await status("root") == 429)
    }

    /// Also where the answer would have been 401, so that nobody tries keys in numbers.
    @Test func strangersAreHeldToTheRateOfTheirAddress() async throws {
        let service = try await TestService(key: "root", options: options(burst: 2))
        var statuses: [Int] = []
        for _ in 0..<4 {
            statuses.append(try await service.send(.get, "/v1/admin/jobs", key: "guess").status)
        }
        #expect(statuses == [401, 401, 429, 429])
        #expect(try await service.send(.get, "/v1/admin/jobs", key: "root").status == 200)
    }

    /// Of more callers than that, the one who called longest ago begins anew.
    @Test func remembersSoManyCallers() throws {
        let rates = RequestRates(
            BucketRate(perSecond: 1, burst: 1), clock: clock, rememberedCallers: 2)
        func isCounted(_ caller: Int64) throws -> Bool {
            var request = try Request(method: .get, target: "/")
            request.caller = CallerID(caller)
            return (try? rates.count(request)) != nil
        }
        #expect(try isCounted(1))
        #expect(try isCounted(2))
        #expect(try !isCounted(1))
        #expect(try !isCounted(2))
        #expect(try isCounted(3))
        #expect(try !isCounted(2))
        #expect(try isCounted(1))
    }

    @Test func withoutKeysEachClientHasItsOwnBucket() throws {
        let rates = RequestRates(BucketRate(perSecond: 1, burst: 1), clock: clock)
        func isCounted(_ address: String, _ caller: CallerID = .loopback) throws -> Bool {
            var request = try Request(method: .get, target: "/")
            request.clientAddress = try #require(IPAddress(address))
            request.caller = caller
            do {
                try rates.count(request)
                return true
            } catch let problem as Problem {
                #expect(problem.status == .tooManyRequests)
                return false
            }
        }
        #expect(try isCounted("192.0.2.1"))
        #expect(try !isCounted("192.0.2.1"))
        #expect(try isCounted("192.0.2.2"))
        #expect(try isCounted("2001:db8::1"))
        #expect(try !isCounted("2001:db8::2"))  // the same network, so the same client
        #expect(try isCounted("2001:db8:0:1::1"))
        #expect(try isCounted("192.0.2.1", CallerID(1)))
        #expect(try !isCounted("192.0.2.9", CallerID(1)))
        #expect(try isCounted("192.0.2.9", .command))
        #expect(try isCounted("192.0.2.9", .command))
    }
}
