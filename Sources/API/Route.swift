import HTTP
import HTTPServer

/// A line of the route table: what answers, and who may ask.
struct Route {
    let method: Method
    let pattern: String
    let access: Access
    let body: BodyPolicy
    let handler: Handler

    init(
        _ method: Method, _ pattern: String, _ access: Access, body: BodyPolicy = .none,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.body = body
        self.handler = handler
    }
}

extension Route {
    /// Whoever watches the service, and whoever may have to help it, gets through when others don't.
    var isEssential: Bool { access == .anybody || access == .scope(.admin) }
}

/// Who may call a route.
enum Access: Hashable, Sendable {
    case anybody
    case anyKey
    case scope(KeyScope)
}
