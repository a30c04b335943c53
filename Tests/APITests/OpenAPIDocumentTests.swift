import HTTP
import HTTPServer
import Support
import TestSupport
import Testing

@testable import API

/// The form of the document: what OpenAPI 3.1 asks for, and the route table's own.
@Suite struct OpenAPIDocumentTests {
    private static let methods: Set<String> = ["get", "put", "post", "delete", "patch"]

    /// What an object of each kind may hold; a star is a name of one's own.
    private static let members: [String: Set<String>] = [
        "root": ["openapi", "info", "servers", "tags", "paths", "components"],
        "info": ["title", "summary", "version", "license"],
        "components": ["schemas", "responses", "securitySchemes"],
        "operation": [
            "operationId", "summary", "tags", "security", "parameters", "requestBody", "responses",
        ],
        "parameter": ["name", "in", "required", "description", "schema", "explode"],
        "requestBody": ["required", "content"],
        "response": ["description", "headers", "content", "$ref"],
    ]

    private func operations(
        _ document: JSONValue
    ) -> [(pattern: String, method: String, operation: JSONValue)] {
        let paths = document["paths"]
        return (paths?.keys ?? []).sorted().flatMap { pattern in
            (paths?[pattern]?.keys ?? []).sorted().map { method in
                (pattern, method, paths?[pattern]?[method] ?? .null)
            }
        }
    }

    /// Each object in the document, itself included.
    private func objects(in value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let members): [value] + members.values.flatMap(objects)
        case .array(let elements): elements.flatMap(objects)
        default: []
        }
    }

    private func expectMembers(_ value: JSONValue?, of kind: String) {
        let unknown = (value?.keys ?? ["nothing"]).subtracting(Self.members[kind] ?? [])
        #expect(unknown.isEmpty, "\(kind)")
    }

    @Test func isAnswered() async throws {
        let service = try await TestService(key: "secret")
        let answer = try await service.get("/openapi.json")
        #expect(answer.status == 200)
        #expect(answer.response.fields["Content-Type"] == "application/json")
        #expect(try JSONValue(answer.response.body) == service.contract.document)
        let tag = try #require(answer.response.fields["ETag"])
        let again = try await service.send(.get, "/openapi.json", fields: ["If-None-Match": tag])
        #expect(again.status == 304)
        #expect(again.response.fields["Cache-Control"] == "public, max-age=300")
    }

    @Test func hasWhatOpenAPIAsksFor() async throws {
        let document = try await TestService().contract.document
        #expect(document["openapi"] == "3.1.1")
        expectMembers(document, of: "root")
        expectMembers(document["info"], of: "info")
        expectMembers(document["components"], of: "components")
        for part in ["title", "version"] { #expect(document["info"]?[part]?.string != nil) }
        let tags = Set((document["tags"]?.array ?? []).compactMap { $0["name"]?.string })
        let operations = operations(document)
        #expect(Set(operations.flatMap { $0.operation["tags"]?.array ?? [] }.map(\.string)) == tags)
        for (pattern, method, operation) in operations {
            let place: Comment = "\(method) \(pattern)"
            #expect(pattern.hasPrefix("/") && Self.methods.contains(method), place)
            expectMembers(operation, of: "operation")
            #expect(operation["summary"]?.string?.isEmpty == false, place)
            let responses = operation["responses"]
            #expect(responses?.keys.contains { $0.hasPrefix("2") } == true, place)
            for status in responses?.keys ?? [] {
                #expect(Int(status).map { (200...599).contains($0) } == true, place)
                expectMembers(responses?[status], of: "response")
                let hasMeaning = responses?[status]?["description"] ?? responses?[status]?["$ref"]
                #expect(hasMeaning != nil, place)
            }
            if let body = operation["requestBody"] {
                expectMembers(body, of: "requestBody")
                #expect(body["content"]?.keys.isEmpty == false, place)
            }
        }
    }

    @Test func namesEachOperationOnce() async throws {
        let ids = operations(try await TestService().contract.document)
            .map { $0.operation["operationId"]?.string ?? "" }
        #expect(Set(ids).count == ids.count)
        #expect(
            ids.allSatisfy { id in
                id.first?.isLowercase == true && id.allSatisfy { $0.isASCII && $0.isLetter }
            })
    }

    @Test func describesTheParametersOfEachPath() async throws {
        for (pattern, _, operation) in operations(try await TestService().contract.document) {
            let parameters = operation["parameters"]?.array ?? []
            for parameter in parameters {
                expectMembers(parameter, of: "parameter")
                #expect(parameter["schema"] != nil && parameter["description"] != nil)
                #expect((parameter["in"] == "path") == (parameter["required"] == true))
            }
            let inPath = parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.string }
            let segments = pattern.split(separator: "/").filter { $0.hasPrefix("{") }
            #expect(inPath.map { "{\($0)}" } == segments.map(String.init), "\(pattern)")
            let names = parameters.map { "\($0["in"]?.string ?? "") \($0["name"]?.string ?? "")" }
            #expect(Set(names).count == names.count, "\(pattern)")
        }
    }

    @Test func hasWhatItRefersToAndNothingElse() async throws {
        let document = try await TestService().contract.document
        let references = Set(objects(in: document).compactMap { $0["$ref"]?.string })
        for reference in references {
            #expect(
                reference.hasPrefix("#/") && document[pointer: String(reference.dropFirst())] != nil
            )
        }
        let components = ["schemas", "responses"].flatMap { kind in
            (document["components"]?[kind]?.keys ?? []).map { "#/components/\(kind)/\($0)" }
        }
        #expect(Set(components) == references)
    }

    @Test func describesEveryRouteAndNoOther() async throws {
        let service = try await TestService()
        let described = operations(service.contract.document)
            .map { "\($0.method.uppercased()) \($0.pattern)" }
        #expect(Set(described) == Set(service.routes.map { "\($0.method) \($0.pattern)" }))
        #expect(described.count == service.routes.count)
    }

    @Test func tellsWhichScopeAKeyMustHave() async throws {
        let document = try await TestService().contract.document
        func security(_ path: String) -> JSONValue? {
            document[pointer: "/paths" + JSONValue.pointerPart(path) + "/get/security"]
        }
        #expect(security("/v1/admin/jobs") == [["key": ["admin"]]])
        #expect(security("/v1/items/{item}/similar") == [["key": ["recommendations"]]])
        #expect(security("/health/live") == [])
        #expect(document["components"]?["securitySchemes"]?["key"]?["scheme"] == "bearer")
    }
}
