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

    private static let dryRun = QueryParameter.flag("dryRun", "Judge without storing")

    let service: APIService

    var routes: [Route] {
        [
            Route(
                .post, "/v1/events", .scope(.events), body: .streamed,
                Operation(
                    .events, "postEvents", "Tell what users did", query: [Self.dryRun],
                    content: .jsonOrLines(Upload<EventDraft>.schema),
                    answers: [
                        .json(EventUploadReport.schema),
                        .json(EventUploadReport.schema, .multiStatus),
                    ],
                    problems: [.insufficientStorage],
                    problemSchemas: [.badRequest: EventUploadReport.problemSchema]), post),
            Route(
                .delete, "/v1/events/{id}", .scope(.events),
                Operation(
                    .events, "deleteEvent", "Take an event back", answers: [.nothing],
                    problems: [.notFound, .insufficientStorage]), delete),
        ]
    }

    private func post(_ request: Request) throws -> Reply {
        let dryRun = try request.value(of: Self.dryRun) ? DryRun() : nil
        switch try ContentType(request) {
        case .json:
            return .work(for: request) { try await postJSON(request, dryRun) }
        case .ndjson:
            return .work(for: request) { try await postLines(request, dryRun) }
        }
    }

    private func postJSON(_ request: Request, _ dryRun: DryRun?) async throws -> Response {
        let body = try await request.body.collect(
            upTo: service.options.maximumBodyBytes, within: request.reservation)
        let drafts =
            try EventParser().drafts(ofUpload: body)
            ?? JSONCoding.decode(Upload<EventDraft>.self, from: body).elements
        var report = EventUploadReport()
        var dryRun = dryRun
        try await store(drafts, from: 0, &dryRun, &report)
        return try report.response()
    }

    /// A stream of any length: what is complete is stored, chunk by chunk.
    private func postLines(_ request: Request, _ dryRun: DryRun?) async throws -> Response {
        let parser = EventParser()
        var dryRun = dryRun
        var report = EventUploadReport()
        var drafts: [EventDraft] = []
        var bytes = 0
        var done = 0
        var lines = LineReader(request.body, maximumBytes: Self.maximumLineBytes)
        while let line = try await lines.next() {
            try request.reservation?.grow(by: line.count)
            drafts.append(parser.draft(ofLine: line))
            bytes += line.count
            if drafts.count == Self.chunkEvents || bytes >= Self.chunkBytes {
                try await store(drafts, from: done, &dryRun, &report)
                done += drafts.count
                (drafts, bytes) = ([], 0)
                request.reservation?.release()
                try request.reservation?.grow(by: dryRun?.byteCount ?? 0)
            }
        }
        try await store(drafts, from: done, &dryRun, &report)
        return try report.response()
    }

    /// Stores what can be stored of one transaction's worth of events, or judges it.
    private func store(
        _ drafts: [EventDraft], from start: Int, _ dryRun: inout DryRun?,
        _ report: inout EventUploadReport
    ) async throws {
        let rules = EventRules(now: service.clock.now())
        var events: [Event] = []
        var indices: [Int] = []
        var invalid: [Rejection] = []
        for (index, draft) in zip(start..., drafts) {
            do {
                events.append(try draft.event(rules))
                indices.append(index)
            } catch {
                invalid.append(Rejection(error, index: index))
            }
        }
        // Also without any event: the answer names the log's end.
        if let outcome = try await dryRun?.judge(events, by: service.store) {
            return report.add(outcome, indices: indices, invalid: invalid)
        }
        let outcome = try await service.store.append(events)
        report.add(outcome, indices: indices, invalid: invalid)
        service.metrics.note(outcome.verdicts, invalid: drafts.count - events.count)
    }

    private func delete(_ request: Request) throws -> Reply {
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
        default: throw Self.unsupported
        }
    }

    /// As answers have it.
    static let lines = "application/x-ndjson"

    static let unsupported = Problem(
        .unsupportedMediaType, type: "unsupported-media-type",
        "Content-Type must be application/json, or application/x-ndjson where many are sent")
}
