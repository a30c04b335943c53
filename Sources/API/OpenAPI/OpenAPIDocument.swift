import HTTP
import HTTPServer
import Support

/// The OpenAPI 3.1 document of a route table (https://spec.openapis.org/oas/v3.1.1).
enum OpenAPIDocument {
    private static let keyScheme = "key"
    private static let problemType = "application/problem+json"

    static func make(_ routes: [Route], models: Set<String>) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        var schemas = problem.components
        schemas["Model"] = .object(Schema.string(oneOf: models.sorted()).json)
        for route in routes {
            let operation = OperationObject(route)
            paths[route.pattern, default: [:]][route.method.rawValue.lowercased()] = operation.json
            schemas.merge(operation.schemas) { one, _ in one }
        }
        let statuses = Set(routes.flatMap(problems))
        return [
            "openapi": "3.1.1",
            "info": info,
            "servers": [["url": "/"]],
            "tags": .array(Operation.Tag.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": .object(paths.mapValues(JSONValue.object)),
            "components": [
                "schemas": .object(schemas),
                "responses": .object(
                    Dictionary(
                        uniqueKeysWithValues: statuses.map { (name($0), response($0, problem)) })),
                "securitySchemes": .object([
                    keyScheme: ["type": "http", "scheme": "bearer", "description": .string(keys)]
                ]),
            ],
        ]
    }

    private static let info: JSONValue = [
        "title": "Starling",
        "summary": "Recommendations from what users do",
        "version": "1",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
    ]

    private static let keys =
        "The names at an operation are scopes that the key must have. Without any key configured, "
        + "programs on the service's own machine need none."

    /// RFC 9457.
    static let problem = problemFields.named("Problem")

    static let problemFields = Schema.object([
        "type": Schema.string.described("Stable, relative: /problems/ and a name"),
        "title": .string,
        "status": .integer(400...599),
        "detail": Schema.string.described("Names the part of the request and the rule").orAbsent,
        "instance": Schema.string.described("The path that was asked for").orAbsent,
    ])

    /// The operation's own problems, and those that any of its kind may have.
    static func problems(of route: Route) -> [Status] {
        var statuses: Set<Status> = [.badRequest, .internalServerError, .serviceUnavailable]
        statuses.formUnion(route.operation.problems)
        if route.access != .anybody {
            statuses.formUnion([.unauthorized, .forbidden, .tooManyRequests])
        }
        if route.method == .get { statuses.insert(.notAcceptable) }
        if route.operation.answers.contains(where: \.isKept) {
            statuses.insert(.preconditionFailed)
        }
        if route.operation.content != nil {
            statuses.formUnion([.contentTooLarge, .requestTimeout, .unsupportedMediaType])
        }
        return statuses.sorted { $0.code < $1.code }
    }

    /// Where a problem's form is found, or the form itself where it is this operation's own.
    static func problemResponse(_ status: Status, of operation: Operation) -> JSONValue {
        if let schema = operation.problemSchemas[status] { return response(status, schema) }
        return ["$ref": .string("#/components/responses/" + name(status))]
    }

    static func security(_ access: Access) -> JSONValue {
        switch access {
        case .anybody: []
        case .anyKey: [.object([keyScheme: []])]
        case .scope(let scope): [.object([keyScheme: [.string(scope.rawValue)]])]
        }
    }

    private static func response(_ status: Status, _ schema: Schema) -> JSONValue {
        var response: [String: JSONValue] = [
            "description": .string(status.reasonPhrase),
            "content": .object([problemType: ["schema": .object(schema.json)]]),
        ]
        if status == .serviceUnavailable || status == .tooManyRequests {
            response["headers"] = OperationObject.headers(["Retry-After": "Seconds"])
        }
        if status == .unauthorized {
            response["headers"] = OperationObject.headers(["WWW-Authenticate": "Bearer"])
        }
        return .object(response)
    }

    private static func name(_ status: Status) -> String {
        status.reasonPhrase.filter { $0 != " " }
    }
}
