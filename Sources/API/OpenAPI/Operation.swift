import HTTP
import HTTPServer

/// What the OpenAPI document tells of a route beside its method, path and access, and which query
/// parameters a request may have.
struct Operation: Sendable {
    /// The document's chapters.
    enum Tag: String, CaseIterable {
        case events, items, users, recommendations, jobs, models, keys, service
    }

    /// Content that a request brings or an answer has.
    struct Content: Sendable {
        /// Forms of the same content, by their media types.
        var schemas: [(mediaType: String, schema: Schema)]
        var isRequired = true

        static func json(_ schema: Schema) -> Content {
            Content(schemas: [("application/json", schema)])
        }

        /// Many elements at once: in JSON, or one a line.
        static func jsonOrLines(_ schema: Schema) -> Content {
            Content(schemas: [
                ("application/json", schema),
                ("application/x-ndjson", Schema.string.described("An element a line")),
            ])
        }

        /// JSON values, one a line.
        static func lines(_ summary: String) -> Content {
            Content(schemas: [("application/x-ndjson", Schema.string.described(summary))])
        }

        static let text = Content(schemas: [("text/plain", .string)])

        static func optionalJSON(_ schema: Schema) -> Content {
            Content(schemas: [("application/json", schema)], isRequired: false)
        }
    }

    /// An answer that is no problem.
    struct Answer: Sendable {
        var status: Status
        var content: Content?
        /// Fields that it always has, with what they say.
        var fields: [String: String] = [:]

        static func json(_ schema: Schema, _ status: Status = .ok) -> Answer {
            Answer(status: status, content: .json(schema))
        }

        static let nothing = Answer(status: .noContent)

        /// An answer that clients may keep, and ask for again with its ETag.
        static func kept(_ mediaType: String, _ schema: Schema) -> Answer {
            Answer(
                status: .ok, content: Content(schemas: [(mediaType, schema)]),
                fields: ["ETag": "Names this state", "Cache-Control": "How long it may be kept"])
        }
    }

    let tag: Tag
    let id: String
    let summary: String
    var query: [any DeclaredParameter] = []
    /// Query parameters that the contract names and this version doesn't have yet: refused by name.
    var planned: [String] = []
    var content: Content?
    let answers: [Answer]
    /// Problems of this operation; `OpenAPIDocument` adds those that any of its kind may have.
    var problems: [Status] = []
    /// For problems with members of their own.
    var problemSchemas: [Status: Schema] = [:]

    init(
        _ tag: Tag, _ id: String, _ summary: String, query: [any DeclaredParameter] = [],
        planned: [String] = [], content: Content? = nil, answers: [Answer],
        problems: [Status] = [], problemSchemas: [Status: Schema] = [:]
    ) {
        self.tag = tag
        self.id = id
        self.summary = summary
        self.query = query
        self.planned = planned
        self.content = content
        self.answers = answers
        self.problems = problems
        self.problemSchemas = problemSchemas
    }

    /// - Throws: `Problem` (400) for a name that isn't declared, or one that is given twice: nobody
    ///   shall believe in a filter that was never applied.
    func check(_ items: [QueryItem]) throws(Problem) {
        for (index, item) in items.enumerated() {
            if planned.contains(item.name) {
                throw Problem.notBuilt("query parameter \(item.name)")
            }
            guard query.contains(where: { $0.name == item.name }) else {
                throw Problem.badRequest(
                    "unknown-parameter", "unknown query parameter \(item.name)")
            }
            // Not quadratic: there are no more items before this one than parameters.
            if items[..<index].contains(where: { $0.name == item.name }) {
                throw Problem.badRequest(
                    "invalid-parameter", "query parameter \(item.name) is given twice")
            }
        }
    }
}
