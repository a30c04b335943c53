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

/// Who may call a route.
enum Access: Hashable, Sendable {
    case anybody
    case anyKey
    case scope(KeyScope)
}

/// What a key lets its holder do.
enum KeyScope: String, Hashable, Sendable, CaseIterable {
    /// Tell what happened: events, items, users.
    case events
    /// Ask for recommendations and similar items.
    case recommendations
    /// Everything under `/v1/admin`.
    case admin
}
