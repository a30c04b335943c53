import Foundation
import HTTP
import HTTPServer
import Jobs
import Logging
import Recommenders
import Serving
import Store
import Support
import TestSupport
import Testing

@testable import API

/// The whole service in this process, behind its routes and without a socket.
struct TestService {
    let database: TemporaryStore
    let supervisor: Supervisor
    let recommendations: RecommendationService
    let readiness = Readiness()
    let contract: Contract
    let routes: [(method: HTTP.Method, pattern: String)]
    let maximumBodyBytes = APIService.Options().maximumBodyBytes
    let keys: KeyRing
    let api: APIService
    private let dispatcher: Dispatcher

    /// - Parameter script: What stands in for the trainer, for `sh -c`.
    init(
        key: String? = nil, options apiOptions: APIService.Options = .init(),
        script: String = "exit 1",
        change: (inout StoreOptions) -> Void = { _ in }
    ) async throws {
        database = try TemporaryStore(change: change)
        let store = database.store
        recommendations = RecommendationService(
            reader: store.reader, options: ServingOptions(), meanings: .init(),
            modelNames: ModelRegistry.names, clock: database.clock)
        var options = JobOptions(
            database: database.path, enabledModels: ["popularity", "ease"], workers: 1)
        options.trainer = URL(fileURLWithPath: "/bin/sh")
        options.trainerArguments = ["-c", script]
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        supervisor = try await Supervisor(
            store: store, slots: recommendations.slots,
            loader: ModelLoader(
                reader: store.reader, items: recommendations.items, slots: recommendations.slots),
            options: options, clock: database.clock, logger: logger)
        try await recommendations.start(following: store)
        keys = KeyRing(hasher: store.keyHasher, configured: key, isLocal: true)
        api = APIService(
            store: store, recommendations: recommendations, supervisor: supervisor,
            keys: keys, options: apiOptions, readiness: readiness, clock: database.clock)
        contract = Contract(try api.routes(), models: recommendations.modelNames)
        let router = try api.router()
        routes = router.routes
        dispatcher = Dispatcher(
            router: router, admission: api.admission, logger: logger)
    }

    func send(
        _ method: HTTP.Method, _ target: String, _ body: String = "", fields: Fields = [:]
    ) async throws -> Answer {
        try await send(method, target, bytes: Array(body.utf8), fields: fields)
    }

    func send(
        _ method: HTTP.Method, _ target: String, bytes: [UInt8], fields: Fields
    ) async throws -> Answer {
        await answer(
            try Request(method: method, target: target, fields: fields, body: .collected(bytes)))
    }

    /// Content in parts, as a connection supplies it to a route that reads a stream.
    func send(
        _ method: HTTP.Method, _ target: String, streaming parts: [[UInt8]], fields: Fields
    ) async throws -> Answer {
        let body = BodyStream()
        for part in parts { _ = body.supply(part) }
        body.finish()
        return await answer(
            try Request(method: method, target: target, fields: fields, body: .stream(body)))
    }

    /// Whatever is sent, the answer must be one that the OpenAPI document tells of. From this machine,
    /// where the request doesn't say from where.
    func answer(_ request: Request) async -> Answer {
        var request = request
        if request.clientAddress == .unspecified {
            request.clientAddress = IPAddress(bytes: [127, 0, 0, 1])
        }
        let response = await dispatcher.answer(request)
        let violations = contract.check(response, to: request)
        #expect(violations.isEmpty, "\(request.method) \(request.path)")
        return Answer(response)
    }

    /// A request with a key.
    func send(
        _ method: HTTP.Method, _ target: String, _ body: String = "", key: String
    ) async throws -> Answer {
        try await send(method, target, body, fields: ["Authorization": "Bearer \(key)"])
    }

    func get(_ target: String) async throws -> Answer { try await send(.get, target) }

    func post(_ target: String, _ body: String) async throws -> Answer {
        try await send(.post, target, body)
    }

    /// Puts a version of the model `popularity` into the store.
    func putCheckpoint(
        items: [String], counts: [Int], sampled: [Int]? = nil, metrics: String = "{}",
        watermark: Int64 = 0
    ) async throws -> Int {
        let checkpoint = try TestCheckpoint.make(items: items, counts: counts, sampled: sampled)
        return try await database.store.putCheckpoint(
            checkpoint.encoded(), model: TestCheckpoint.model, metrics: metrics,
            watermark: EventSequence(watermark)
        ).version
    }
}

/// A response as a client sees it.
struct Answer {
    let response: Response

    init(_ response: Response) {
        self.response = response
    }

    var status: Int { response.status.code }
    /// Keys are sorted, so that an answer's exact form can be compared.
    var text: String { String(decoding: response.body, as: UTF8.self) }
    /// Empty where the body is no object.
    var json: [String: JSONValue] { (try? JSONValue.object(from: text)) ?? [:] }
    /// Of an answer whose lines are JSON.
    var lines: [JSONValue] {
        response.body.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(Array($0)) }
    }
    /// Of a problem, what follows `/problems/`.
    var problem: String? {
        guard case .string(let type)? = json["type"],
            response.fields["Content-Type"] == "application/problem+json"
        else { return nil }
        return String(type.dropFirst("/problems/".count))
    }
}
