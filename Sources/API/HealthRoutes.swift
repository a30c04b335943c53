import HTTP
import HTTPServer

/// `GET /health/live`, `GET /health/ready`.
struct HealthRoutes {
    private static let alive = Response(json: Array(#"{"status":"ok"}"#.utf8))
    private static let isReady = Response(json: Array(#"{"status":"ready"}"#.utf8))

    private static let status = Operation.Answer.json(.object(["status": .string]))

    let service: APIService

    /// These answer without a key: whoever watches a process needs none.
    var routes: [Route] {
        [
            Route(
                .get, "/health/live", .anybody,
                Operation(.service, "getLiveness", "Whether it runs", answers: [Self.status]),
                live),
            Route(
                .get, "/health/ready", .anybody,
                Operation(
                    .service, "getReadiness",
                    "Whether answers can be given and events be stored",
                    answers: [Self.status]), ready),
        ]
    }

    private func live(_ request: Request) throws -> Reply {
        .now(Self.alive)
    }

    private func ready(_ request: Request) throws -> Reply {
        if let reason = service.readiness.missing {
            throw Problem.unavailable(
                "not ready: \(reason)", retryAfter: 1, reason: "not-ready")
        }
        if let fault = service.store.health.fault {
            throw Problem.unavailable(
                "not ready: events can't be stored: \(fault)",
                retryAfter: ErrorResponse.diskPatience, reason: "storage")
        }
        return .now(Self.isReady)
    }
}
