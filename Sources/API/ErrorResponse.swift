import Foundation
import HTTP
import HTTPServer
import Jobs
import Logging
import Store
import Support

/// Errors to answers: the one place where a status is chosen for what went wrong below.
enum ErrorResponse {
    /// When it is worth trying again where the disk is at fault, in seconds.
    static let diskPatience = 5

    static func problem(for error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: problem
        case let refusal as StoreRefusal: problem(store: refusal)
        case let refusal as Supervisor.Refusal: problem(jobs: refusal)
        case let refusal as Deployments.Refusal: problem(models: refusal)
        default: StorageFault(error).map(problem(storage:))
        }
    }

    /// The answer to a request whose work has failed. What nobody has foreseen is logged, with what
    /// finds the answer that came of it.
    static func response(
        to request: Request, after error: any Error, _ logger: Logger
    ) -> Response {
        if let problem = problem(for: error) { return problem.response(instance: request.path) }
        logger.error(
            "request failed",
            metadata: [
                "request": "\(request.id)", "method": "\(request.method)",
                "route": "\(request.route)", "reason": "\(error)",
            ])
        return Problem.internalError.response(instance: request.path)
    }

    /// A problem with members of its own beside the standard ones (RFC 9457 section 3.2).
    static func problem(_ problem: Problem, extendedBy body: some Encodable) throws -> Response {
        var response = problem.response
        var members = try JSONValue.object(from: String(decoding: response.body, as: UTF8.self))
        let extra = String(decoding: try JSONCoding.encode(body), as: UTF8.self)
        members.merge(try JSONValue.object(from: extra)) { standard, _ in standard }
        response.body = try JSONCoding.encode(members)
        return response
    }

    // Labels of their own: `problem(for:)`, overloaded, would call itself.

    private static func problem(store refusal: StoreRefusal) -> Problem? {
        switch refusal {
        case .queueFull:
            .unavailable(
                "too many writes are waiting; try again", retryAfter: 1,
                reason: "store-writes-full")
        case .readersBusy:
            .unavailable(
                "too many reads are waiting; try again", retryAfter: 1,
                reason: "store-reads-full")
        case .closed:
            .unavailable("the service is stopping", retryAfter: 5, reason: "stopping")
        case .unknownCheckpoint(let model, let version):
            .notFound("\(model) has no version \(version)")
        case .checkpointNotUsable:
            Problem(.conflict, type: "version-not-servable", refusal.description)
        case .noPreviousVersion:
            Problem(.conflict, type: "no-previous-version", refusal.description)
        case .fileExists:
            Problem(.conflict, type: "file-exists", refusal.description)
        case .longDryRun:
            Problem(.contentTooLarge, type: "content-too-large", refusal.description)
        case .tooManyItems:
            Problem(.insufficientStorage, type: "insufficient-storage", refusal.description)
        case .tooManyKeys: Problem(.conflict, type: "too-many-keys", refusal.description)
        default: nil
        }
    }

    /// Nothing of the request is stored, save the chunks of a stream that came before.
    private static func problem(storage fault: StorageFault) -> Problem {
        switch fault {
        case .full:
            Problem(
                .insufficientStorage, type: "insufficient-storage",
                "\(fault); try again when there is room",
                fields: ["Retry-After": String(diskPatience)])
        case .readOnly, .failing:
            .unavailable("\(fault); try again", retryAfter: diskPatience, reason: "storage")
        case .damaged:
            Problem(
                .internalServerError, type: "damaged-database",
                "\(fault): see 'starling verify', and restore a backup")
        }
    }

    private static func problem(jobs refusal: Supervisor.Refusal) -> Problem {
        switch refusal {
        case .unknownModel(let name):
            .badRequest("unknown-model", "there is no model named \(name)")
        case .unknownJob(let id): .notFound("there is no job \(id)")
        case .jobHasEnded(let id):
            Problem(.conflict, type: "job-has-ended", "job \(id) has ended already")
        }
    }

    private static func problem(models refusal: Deployments.Refusal) -> Problem {
        switch refusal {
        case .unknownVersion(let model, let version):
            .notFound("\(model) has no version \(version)")
        case .nothingToRollBackTo(let model):
            Problem(
                .conflict, type: "no-previous-version", "\(model) has no version to go back to")
        case .notServable(_, _, let reason):
            Problem(.conflict, type: "version-not-servable", reason)
        }
    }
}

extension Problem {
    static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, type: "not-found", detail)
    }
}

extension Reply {
    /// An answer that needs the store or the jobs: worked out off the event loop.
    static func work(
        for request: Request, _ work: @escaping @Sendable () async throws -> Response
    ) -> Reply {
        .later {
            do {
                return try await work()
            } catch {
                return ErrorResponse.response(to: request, after: error, APIService.logger)
            }
        }
    }
}
