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
            .post, "/v1/events", streaming: [Self.line(UploadBounds.lineBytes + excess)],
            fields: ["Content-Type": "application/x-ndjson"])
        #expect(answer.status == status)
    }

    /// An event on a line of so many bytes without its end.
    private static func line(_ bytes: Int) -> [UInt8] {
        let event = #"{"type":"view","user":"u","item":"i"}"#
        return Array(event.utf8) + .init(repeating: 0x20, count: bytes - event.utf8.count) + [0x0A]
    }
}
