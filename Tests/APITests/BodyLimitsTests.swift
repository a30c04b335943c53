import HTTP
import HTTPServer
import Support
import Testing

@testable import API

/// How much content the routes take. That a collected body is held to its route's bound, the server's
/// tests show.
@Suite struct BodyLimitsTests {
    private static let administration = 16 << 10

    /// Every route that collects its content, and what it takes where the configuration says 8 MiB,
    /// 100 KiB, or less than any route of its own would.
    @Test(arguments: [8 << 20, 100 << 10, 1 << 10])
    func eachRouteTakesWhatItNeeds(maximum: Int) async throws {
        var options = APIService.Options()
        options.maximumBodyBytes = maximum
        let service = try await TestService(options: options)
        var limits: [String: Int] = [:]
        for route in try service.api.routes() {
            if case .collected(let maxBytes) = route.body {
                limits["\(route.method.rawValue) \(route.pattern)"] = maxBytes
            }
        }
        #expect(
            limits == [
                "PUT /v1/items/{item}": maximum, "PATCH /v1/items/{item}": maximum,
                "PUT /v1/users/{user}": maximum,
                "PATCH /v1/users/{user}": maximum,
                "POST /v1/recommendations": min(256 << 10, maximum),
                "POST /v1/admin/keys": Self.administration,
                "POST /v1/admin/retrain": Self.administration,
                "POST /v1/admin/models/{name}/activate": Self.administration,
            ])
    }

    /// Events are read as a stream, so their route holds them to the bound by itself.
    @Test(arguments: [(1024, 200), (1025, 413)])
    func aBodyOfEventsHasItsBound(bytes: Int, status: Int) async throws {
        var options = APIService.Options()
        options.maximumBodyBytes = 1024
        let service = try await TestService(options: options)
        let event = #"{"type":"view","user":"u","item":"i"}"#
        let body = event + String(repeating: " ", count: bytes - event.utf8.count)
        let halves = [Array(body.utf8.prefix(500)), Array(body.utf8.dropFirst(500))]
        let answer = try await service.send(
            .post, "/v1/events", streaming: halves, fields: ["Content-Type": "application/json"])
        #expect(answer.status == status)
    }

    /// A line may be 1 MiB long.
    @Test(arguments: [(0, 200), (1, 413)])
    func aLineOfEventsHasItsBound(excess: Int, status: Int) async throws {
        let service = try await TestService()
        let answer = try await service.send(
            .post, "/v1/events", streaming: [Self.line(EventsRoutes.maximumLineBytes + excess)],
            fields: ["Content-Type": "application/x-ndjson"])
        #expect(answer.status == status)
    }

    /// Of a stream that breaks off, what was whole chunks is stored.
    @Test(arguments: [(0, 8), (1, 0)])
    func aChunkIsStoredWhenItHasItsBytes(missing: Int, stored: Int) async throws {
        let service = try await TestService()
        let count = EventsRoutes.chunkBytes / EventsRoutes.maximumLineBytes
        let body = BodyStream()
        for number in 0..<count {
            let isLast = number == count - 1
            _ = body.supply(
                Self.line(EventsRoutes.maximumLineBytes - (isLast ? missing : 0), number))
        }
        body.fail(.badRequest("incomplete-body", "the client broke off"))
        let request = try Request(
            method: .post, target: "/v1/events",
            fields: ["Content-Type": "application/x-ndjson"], body: .stream(body))
        let answer = await service.answer(request)
        #expect(answer.status == 400)
        #expect(try await service.database.store.reader.statistics().events == stored)
    }

    /// The lines of a chunk count among all requests' content until they are stored.
    @Test(arguments: [(3, 0, 200), (3, 1, 503), (EventsRoutes.chunkEvents + 5, 5 * 100, 200)])
    func linesCountUntilTheirChunkIsStored(count: Int, missing: Int, status: Int) async throws {
        let service = try await TestService()
        let body = BodyStream()
        for number in 0..<count { _ = body.supply(Self.line(100, number)) }
        body.finish()
        var request = try Request(
            method: .post, target: "/v1/events",
            fields: ["Content-Type": "application/x-ndjson"], body: .stream(body))
        let budget = BodyBudget(limit: 100 * count - missing)
        request.reservation = BodyReservation(of: budget)
        #expect(await service.answer(request).status == status)
    }

    /// An event on a line of so many bytes without its end.
    private static func line(_ bytes: Int, _ number: Int = 0) -> [UInt8] {
        let event = #"{"type":"view","user":"u","item":"i\#(number)"}"#
        return Array(event.utf8) + .init(repeating: 0x20, count: bytes - event.utf8.count) + [0x0A]
    }
}
