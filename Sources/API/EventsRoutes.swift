import Events
import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `POST /v1/events`, `DELETE /v1/events/{id}`.
struct EventsRoutes {
    /// How much of an NDJSON stream is stored in one transaction.
    static let chunkEvents = 10_000
    /// However long the lines are, no more than this waits in memory to be stored.
    static let chunkBytes = 8 << 20
    static let maximumLineBytes = 1 << 20

    let service: APIService

    func add(to router: inout Router) {
        router.on(.post, "/v1/events", body: .streamed, post)
        router.on(.delete, "/v1/events/{id}", delete)
    }

    private func post(_ request: Request) throws -> Reply {
        let query = try QueryParameters(request, known: ["dryRun"])
        let isDryRun = try query.flag("dryRun") ?? false
        switch try ContentType(request) {
        case .json:
            return .work(for: request) { try await postJSON(request, isDryRun: isDryRun) }
        case .ndjson:
            return .work(for: request) { try await postLines(request, isDryRun: isDryRun) }
        }
    }

    private func postJSON(_ request: Request, isDryRun: Bool) async throws -> Response {
        let body = try await request.body.collect(upTo: service.options.maximumBodyBytes)
        let upload = try JSONCoding.decode(EventUpload.self, from: body)
        var report = EventUploadReport()
        try await store(upload.drafts.map(\.verdict), from: 0, isDryRun, &report)
        return try report.response()
    }

    /// A stream of any length: what is complete is stored, chunk by chunk.
    private func postLines(_ request: Request, isDryRun: Bool) async throws -> Response {
        var report = EventUploadReport()
        var verdicts: [Result<Event, Rejection>] = []
        var bytes = 0
        var stored = 0
        var lines = LineReader(request.body, maximumBytes: Self.maximumLineBytes)
        while let line = try await lines.next() {
            verdicts.append(verdict(on: line))
            bytes += line.count
            if verdicts.count == Self.chunkEvents || bytes >= Self.chunkBytes {
                try await store(verdicts, from: stored, isDryRun, &report)
                stored += verdicts.count
                (verdicts, bytes) = ([], 0)
            }
        }
        try await store(verdicts, from: stored, isDryRun, &report)
        return try report.response()
    }

    private func verdict(on line: [UInt8]) -> Result<Event, Rejection> {
        do {
            return try JSONDecoder().decode(EventDraft.self, from: Data(line)).verdict
        } catch {
            return .failure(Rejection(code: .invalidEvent, detail: "the line is not valid JSON"))
        }
    }

    /// Stores what can be stored of one transaction's worth of events.
    private func store(
        _ verdicts: [Result<Event, Rejection>], from start: Int, _ isDryRun: Bool,
        _ report: inout EventUploadReport
    ) async throws {
        let now = service.clock.now()
        var events: [Event] = []
        var indices: [Int] = []
        for (offset, verdict) in verdicts.enumerated() {
            switch verdict.flatMap({ judgeTime(of: $0, now: now) }) {
            case .success(let event):
                events.append(event)
                indices.append(start + offset)
            case .failure(let rejection):
                report.reject(rejection, at: start + offset)
            }
        }
        // Also without any event: the answer names the log's end.
        report.add(try await service.store.append(events, dryRun: isDryRun), indices: indices)
    }

    private func judgeTime(of event: Event, now: Timestamp) -> Result<Event, Rejection> {
        if let time = event.time, !EventTimeRule.accepts(time, now: now) {
            return .failure(Rejection(code: .invalidTime, detail: EventTimeRule.description))
        }
        return .success(event)
    }

    private func delete(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        let id = request.parameters["id"] ?? ""
        guard IdentifierRule.accepts(id) else { throw Problem.invalidID("id") }
        return .work(for: request) {
            guard try await service.store.removeEvent(id: id) != nil else {
                throw Problem.notFound("there is no event with this id")
            }
            return Response(status: .noContent)
        }
    }
}

/// The two content types that carry events and items.
enum ContentType {
    case json, ndjson

    /// A body without a type is taken for JSON.
    ///
    /// - Throws: `Problem` (415) for any other type.
    init(_ request: Request) throws {
        let value = request.fields["Content-Type"] ?? "application/json"
        let type = value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        switch type {
        case "application/json": self = .json
        case "application/x-ndjson", "application/ndjson": self = .ndjson
        default:
            throw Problem(
                .unsupportedMediaType, type: "unsupported-media-type",
                "Content-Type must be application/json or application/x-ndjson")
        }
    }
}
