import HTTP
import Logging

/// From a request to its reply: the router, and what it asks before and does after a handler, without
/// any socket.
package final class Dispatcher: Sendable {
    /// What will answer a request.
    struct Found {
        let handler: Handler
        let body: BodyPolicy
        let admission: Admission?
        var isEssential = false
        let isMatched: Bool
    }

    /// Packing takes about 4 µs for each KiB; this much takes as long as a recommendation.
    private static let maxPackedOnLoop = 32 * 1024

    private let router: Router
    private let admission: Admission?
    private let logger: Logger
    /// Where the metrics count what this dispatches.
    let layout: RequestLayout

    /// - Parameter admission: For requests that no route with one of its own matches.
    package init(router: Router, admission: Admission? = nil, logger: Logger) {
        var router = router
        router.finish()
        self.router = router
        layout = RequestLayout(router.endpointNames)
        self.admission = admission
        self.logger = logger
    }

    /// The reply to a request whose body is at hand; for tests and in-process callers.
    package func answer(_ request: Request) async -> Response {
        var request = request
        let route = find(&request)
        if let refused = admit(&request, route) { return refused }
        return await reply(to: request, by: route.handler).response()
    }

    /// Chooses the handler by method and path, and fills in the request's parameters. Where no
    /// route matches, the handler is one that throws the reason.
    func find(_ request: inout Request) -> Found {
        if request.path == "*" {
            return Found(
                handler: Self.answerOptions, body: .none, admission: admission, isMatched: true)
        }
        do throws(Problem) {
            let match = try router.route(request.method, request.path)
            request.parameters = match.parameters
            request.route = match.endpoint.pattern
            request.endpoint = match.endpoint.number
            // Not `??`: it would wrap the function in a new one.
            let own = if let own = match.endpoint.admission { own } else { admission }
            return Found(
                handler: match.endpoint.handler, body: match.endpoint.body, admission: own,
                isEssential: match.endpoint.isEssential, isMatched: match.hasMethod)
        } catch {
            return Found(
                handler: { _ in throw error }, body: .none, admission: admission, isMatched: false)
        }
    }

    /// Runs a handler, makes a response of what it throws, holds it to the request's conditions and
    /// packs it where the client wants that.
    func reply(to request: Request, by handler: Handler) -> Reply {
        do {
            switch try handler(request) {
            case .now(let response): return settle(response, for: request)
            case .later(let respond):
                return .later { await respond().settled(for: request).packed }
            }
        } catch {
            return .now(response(to: request, after: error))
        }
    }

    /// A long answer is packed off the event loop.
    private func settle(_ response: Response, for request: Request) -> Reply {
        let settled = response.settled(for: request)
        guard settled.isToBePacked, response.body.count > Self.maxPackedOnLoop else {
            return .now(settled.packed)
        }
        return .later { settled.packed }
    }

    private func response(to request: Request, after error: any Error) -> Response {
        if let problem = error as? Problem { return problem.response(instance: request.path) }
        logger.error(
            "a handler failed",
            metadata: [
                "request": "\(request.id)", "method": "\(request.method)",
                "route": "\(request.route)", "error": "\(type(of: error))",
            ])
        return Problem.internalError.response(instance: request.path)
    }

    /// The answer to a request that no handler shall see.
    func refuse(_ request: Request, _ problem: Problem) -> Reply {
        reply(to: request) { _ in throw problem }
    }

    /// What the admission throws, as a response; nil where it lets the request in.
    func admit(_ request: inout Request, _ found: Found) -> Response? {
        guard let admission = found.admission else { return nil }
        do {
            try admission(&request)
            return nil
        } catch {
            return response(to: request, after: error)
        }
    }

    /// `OPTIONS *` is about the server as a whole (RFC 9110 section 9.3.7).
    private static func answerOptions(_ request: Request) -> Reply {
        .now(Response(status: .noContent))
    }
}
