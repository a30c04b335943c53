import Events
import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `POST /v1/events`, `DELETE /v1/events/{id}`.
struct EventsRoutes {
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
        let isDryRun = try request.value(of: Self.dryRun)
        return try service.take(request) {
            EventUpload(
                to: service, dryRun: isDryRun ? DryRun() : nil, within: request.reservation)
        }
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
