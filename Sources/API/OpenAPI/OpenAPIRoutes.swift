import Crypto
import Foundation
import HTTP
import HTTPServer

/// `GET /openapi.json`: the route table, this line included, as a document.
struct OpenAPIRoutes {
    static let path = "/openapi.json"

    private static let operation = Operation(
        .service, "getOpenAPIDocument", "This document",
        answers: [.kept("application/json", .map())])

    let routes: [Route]

    /// - Parameters:
    ///   - others: All other routes.
    ///   - models: The names that a path or a request may give.
    init(describing others: [Route], models: Set<String>) throws {
        let document = OpenAPIDocument.make(
            others + [Self.route(answering: Response())], models: models)
        routes = [Self.route(answering: try Self.response(try JSONCoding.encode(document)))]
    }

    private static func route(answering response: Response) -> Route {
        Route(.get, path, .anybody, operation) { _ in .now(response) }
    }

    private static func response(_ body: [UInt8]) throws -> Response {
        let digest = SHA256.hash(data: Data(body)).prefix(16)
        var response = Response(json: body)
        response.fields["ETag"] = "\"" + digest.map { String(format: "%02x", $0) }.joined() + "\""
        response.fields["Cache-Control"] = "public, max-age=300"
        return response
    }
}
