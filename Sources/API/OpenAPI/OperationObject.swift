import HTTP
import Support

/// One operation of the document, and the named schemas that it refers to.
struct OperationObject {
    private(set) var json: JSONValue = .null
    private(set) var schemas: [String: JSONValue] = [:]

    init(_ route: Route) {
        let operation = route.operation
        var members: [String: JSONValue] = [
            "operationId": .string(operation.id),
            "summary": .string(operation.summary),
            "tags": [.string(operation.tag.rawValue)],
            "security": OpenAPIDocument.security(route.access),
            "responses": responses(route),
        ]
        let parameters = pathParameters(route.pattern) + operation.query.map { query($0) }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let content = operation.content {
            members["requestBody"] = [
                "required": .bool(content.isRequired), "content": self.content(content),
            ]
        }
        json = .object(members)
    }

    static func headers(_ fields: [String: String]) -> JSONValue {
        .object(
            fields.mapValues {
                ["description": .string($0), "schema": .object(Schema.string.json)]
            })
    }

    private mutating func responses(_ route: Route) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for answer in route.operation.answers {
            var response: [String: JSONValue] = [
                "description": .string(answer.status.reasonPhrase)
            ]
            if let content = answer.content { response["content"] = self.content(content) }
            if !answer.fields.isEmpty { response["headers"] = Self.headers(answer.fields) }
            responses[String(answer.status.code)] = .object(response)
            if answer.isKept { responses["304"] = ["description": "Not Modified"] }
        }
        for status in OpenAPIDocument.problems(of: route) {
            responses[String(status.code)] = OpenAPIDocument.problemResponse(
                status, of: route.operation)
        }
        for schema in route.operation.problemSchemas.values { _ = adopt(schema) }
        return .object(responses)
    }

    /// - Precondition: `ParameterMeanings` has each of them.
    private mutating func pathParameters(_ pattern: String) -> [JSONValue] {
        let segments = pattern.split(separator: "/")
        return zip(segments, segments.dropFirst()).filter { $1.hasPrefix("{") }.map {
            kind, segment in
            let name = String(segment.dropFirst().dropLast())
            guard let (summary, schema) = ParameterMeanings.bySegment[String(kind)] else {
                preconditionFailure("\(pattern): nothing describes \(name)")
            }
            return [
                "name": .string(name), "in": "path", "required": true,
                "description": .string(summary), "schema": adopt(schema),
            ]
        }
    }

    private mutating func query(_ parameter: any DeclaredParameter) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(parameter.name), "in": "query",
            "description": .string(parameter.summary), "schema": adopt(parameter.schema),
        ]
        // Lists are joined by commas.
        if parameter.schema.json["items"] != nil { members["explode"] = false }
        return .object(members)
    }

    private mutating func content(_ content: Operation.Content) -> JSONValue {
        var types: [String: JSONValue] = [:]
        for (mediaType, schema) in content.schemas {
            types[mediaType] = ["schema": adopt(schema)]
        }
        return .object(types)
    }

    private mutating func adopt(_ schema: Schema) -> JSONValue {
        schemas.merge(schema.components) { one, _ in one }
        return .object(schema.json)
    }
}

extension Operation.Answer {
    /// Whether clients may keep it.
    var isKept: Bool { fields["ETag"] != nil }
}
