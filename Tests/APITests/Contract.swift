import Foundation
import HTTP
import Support
import Synchronization
import TestSupport

@testable import API

/// The OpenAPI document of a service, and which of it was met in answers so far.
final class Contract: Sendable {
    struct Met {
        /// `getItem 200`.
        var answers: Set<String> = []
        /// Described fields, by where they stand in the document.
        var fields: Set<String> = []
    }

    let document: JSONValue
    private let met = Mutex(Met())

    init(_ routes: [Route], models: Set<String>) {
        document = OpenAPIDocument.make(routes, models: models)
    }

    /// What is wrong with an answer.
    func check(_ response: Response, to request: Request) -> [String] {
        guard let operation = operation(for: request) else {
            guard response.status.code >= 400 else { return [] }
            return check(response, "/components/responses/BadRequest/content")
        }
        let id = document[pointer: operation]?["operationId"]?.string ?? ""
        var place = "\(operation)/responses/\(response.status.code)"
        guard let declared = document[pointer: place] else {
            return ["\(id) doesn't tell of \(response.status.code)"]
        }
        met.withLock { _ = $0.answers.insert("\(id) \(response.status.code)") }
        if let reference = declared["$ref"]?.string { place = String(reference.dropFirst()) }
        let missing = (document[pointer: place + "/headers"]?.keys ?? [])
            .filter { response.fields[$0] == nil }.map { "the field \($0) is missing" }
        guard document[pointer: place + "/content"] != nil else {
            return missing + (response.body.isEmpty ? [] : ["there is content"])
        }
        return missing + check(response, place + "/content")
    }

    /// What was met of it until now.
    var all: Met { met.withLock { $0 } }

    private func check(_ response: Response, _ content: String) -> [String] {
        let type = (response.fields["Content-Type"] ?? "").prefix { $0 != ";" }
        let schema = content + JSONValue.pointerPart(String(type)) + "/schema"
        guard document[pointer: schema] != nil else { return ["\(type) isn't told of"] }
        guard type.hasSuffix("json"), !type.hasSuffix("ndjson") else { return [] }
        guard let value = try? JSONValue(response.body) else { return ["the body is no JSON"] }
        var check = SchemaCheck(document: document)
        check.check(value, schema, at: "")
        met.withLock { $0.fields.formUnion(check.seen) }
        return check.violations
    }

    /// Where the document tells of what a request asks for. Literal segments win, as in the router.
    private func operation(for request: Request) -> String? {
        let segments = request.path.split(separator: "/", omittingEmptySubsequences: false)
        let fitting = (document["paths"]?.keys ?? []).filter { pattern in
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        guard let pattern = fitting.min(by: { $0.count { $0 == "{" } < $1.count { $0 == "{" } })
        else { return nil }
        let place =
            "/paths" + JSONValue.pointerPart(pattern) + "/"
            + request.method.rawValue.lowercased()
        return document[pointer: place] == nil ? nil : place
    }
}
