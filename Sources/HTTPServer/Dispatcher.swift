import HTTP
import Logging

/// From a request to its reply: the router with the middleware around it, without any socket.
package struct Dispatcher: Sendable {
    private let router: Router
    private let middleware: [Middleware]
    private let logger: Logger

    package init(router: Router, middleware: [Middleware] = [], logger: Logger) {
        var router = router
        router.finish { Self.wrap($0, in: middleware) }
        self.router = router
        self.middleware = middleware
        self.logger = logger
    }

    /// The reply to a request whose body is at hand; for tests and in-process callers.
    package func answer(_ request: Request) async -> Response {
        var request = request
        let route = find(&request)
        switch reply(to: request, by: route.handler) {
        case .now(let response): return response
        case .later(let respond): return await respond()
        }
    }

    /// Chooses the handler by method and path, and fills in the request's parameters. Where no
    /// route matches, the handler is one that throws the reason, so that middleware sees it too.
    func find(_ request: inout Request) -> (handler: Handler, body: BodyPolicy, isMatched: Bool) {
        if request.path == "*" {
            return (Self.wrap(Self.answerOptions, in: middleware), .none, true)
        }
        do throws(Problem) {
            let match = try router.route(request.method, request.path)
            request.parameters = match.parameters
            request.route = match.endpoint.pattern
            return (match.endpoint.handler, match.endpoint.body, true)
        } catch {
            return (Self.wrap({ _ in throw error }, in: middleware), .none, false)
        }
    }

    /// Runs a handler, and makes a response of what it throws.
    func reply(to request: Request, by handler: Handler) -> Reply {
        do {
            return try handler(request)
        } catch let problem as Problem {
            return .now(problem.response(instance: request.path))
        } catch {
            logger.error(
                "a handler failed",
                metadata: ["route": "\(request.route)", "error": "\(type(of: error))"])
            return .now(Problem.internalError.response(instance: request.path))
        }
    }

    /// `OPTIONS *` is about the server as a whole (RFC 9110 section 9.3.7).
    private static func answerOptions(_ request: Request) -> Reply {
        .now(Response(status: .noContent))
    }

    private static func wrap(_ handler: @escaping Handler, in middleware: [Middleware]) -> Handler {
        middleware.reversed().reduce(handler) { inner, outer in
            { request in try outer(request, inner) }
        }
    }
}
