import HTTP
import HTTPServer

/// A line of the route table: what answers, who may ask, and what the OpenAPI document tells of it.
struct Route: Sendable {
    let method: Method
    let pattern: String
    let access: Access
    let body: BodyPolicy
    let operation: Operation
    /// Runs only where the operation declares each of the request's query parameters.
    let handler: Handler

    init(
        _ method: Method, _ pattern: String, _ access: Access, body: BodyPolicy = .none,
        _ operation: Operation, _ handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.body = body
        self.operation = operation
        self.handler = { request in
            try operation.check(request.query)
            return try handler(request)
        }
    }
}

extension Route {
    /// Whoever watches the service, and whoever may have to help it, gets through when others don't.
    var isEssential: Bool {
        access != .scope(.events) && access != .scope(.recommendations)
            && pattern != OpenAPIRoutes.path
    }
}

/// Who may call a route.
enum Access: Hashable, Sendable {
    case anybody
    case anyKey
    case scope(KeyScope)
}

extension BodyPolicy {
    /// A few fields, read on the event loop.
    static var administrative: BodyPolicy { .collected(maxBytes: 16 << 10) }
}
