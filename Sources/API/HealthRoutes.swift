import HTTP
import HTTPServer

/// `GET /health/live`, `GET /health/ready`.
struct HealthRoutes {
    /// These answer without a key: whoever watches a process needs none.
    static let openPaths: Set<String> = ["/health/live", "/health/ready"]

    let service: APIService

    func add(to router: inout Router) {
        router.on(.get, "/health/live", live)
        router.on(.get, "/health/ready", ready)
    }

    private func live(_ request: Request) throws -> Reply {
        .now(try Response(encoding: ["status": "ok"]))
    }

    private func ready(_ request: Request) throws -> Reply {
        if let reason = service.readiness.missing {
            throw Problem.unavailable("not ready: \(reason)", retryAfter: 1)
        }
        return .now(try Response(encoding: ["status": "ready"]))
    }
}
