import HTTP
import Logging
import Sockets

/// The HTTP server: one listening socket, event loops that share its connections, a router.
package final class HTTPServer: Sendable {
    private let options: HTTPServerOptions
    private let dispatcher: Dispatcher
    private let logger: Logger

    package init(
        options: HTTPServerOptions, router: Router, middleware: [Middleware] = [], logger: Logger
    ) {
        self.options = options
        self.logger = logger
        dispatcher = Dispatcher(router: router, middleware: middleware, logger: logger)
    }

    /// Listens, and serves from then on.
    ///
    /// - Returns: The bound address, with the port that the kernel chose where 0 was asked for.
    package func start() throws -> SocketAddress {
        preconditionFailure("the event loops come with the next commit")
    }

    /// Stops accepting, closes idle connections, answers what is in flight with
    /// `Connection: close`, and breaks off what is left after `grace`. May be called repeatedly.
    package func stop(within grace: Duration) async {}
}
