import Serving
import Store
import Support

/// A JSON Schema of draft 2020-12, which OpenAPI 3.1 takes, with the named ones that it refers to.
struct Schema: Sendable {
    private(set) var json: [String: JSONValue]
    /// What it needs to stand under `#/components/schemas`.
    private(set) var components: [String: JSONValue] = [:]
    /// Whether an object has to have the field that this describes.
    private var isRequired = true

    init(_ json: [String: JSONValue]) {
        self.json = json
    }

    private init(type: JSONValue, _ keywords: [String: JSONValue] = [:]) {
        self.init(keywords.merging(["type": type]) { $1 })
    }

    static let anything = Schema([:])
    static let string = Schema(type: "string")
    static let boolean = Schema(type: "boolean")
    static let number = Schema(type: "number")
    static let integer = Schema(type: "integer")

    static func integer(_ range: ClosedRange<Int64>) -> Schema {
        Schema(
            type: "integer",
            ["minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)])
    }

    static func string(oneOf values: [String]) -> Schema {
        Schema(type: "string", ["enum": .array(values.map(JSONValue.string))])
    }

    static func array(of element: Schema, _ keywords: [String: JSONValue] = [:]) -> Schema {
        var schema = Schema(type: "array", keywords)
        schema.json["items"] = schema.adopt(element)
        return schema
    }

    /// An object with names of any kind.
    static func map(of value: Schema = .anything) -> Schema {
        var schema = Schema(type: "object")
        schema.json["additionalProperties"] = schema.adopt(value)
        return schema
    }

    /// An object with these fields; others may come with later versions.
    static func object(_ fields: [String: Schema]) -> Schema {
        var schema = Schema(type: "object")
        schema.json["properties"] = .object(fields.mapValues { schema.adopt($0) })
        let required = fields.filter { $0.value.isRequired }.keys.sorted()
        if !required.isEmpty { schema.json["required"] = .array(required.map(JSONValue.string)) }
        return schema
    }

    static func any(of choices: [Schema]) -> Schema {
        var schema = anything
        schema.json["anyOf"] = .array(choices.map { schema.adopt($0) })
        return schema
    }

    /// A field that may be missing.
    var orAbsent: Schema {
        var schema = self
        schema.isRequired = false
        return schema
    }

    var orNull: Schema {
        let nothing = Schema(type: "null")
        var schema = Schema.any(of: [self, nothing])
        if case .string(let type)? = json["type"], json["enum"] == nil {
            schema = self
            schema.json["type"] = .array([.string(type), "null"])
        }
        schema.isRequired = isRequired
        return schema
    }

    /// What a client may leave out of a request's body, or send as null.
    var optional: Schema { orNull.orAbsent }

    /// An object's schema with the fields of another one, which may be missing.
    func extended(by other: Schema) -> Schema {
        guard case .object(let own)? = json["properties"],
            case .object(let more)? = other.json["properties"]
        else { preconditionFailure("only objects can be extended") }
        var schema = self
        schema.merge(other.components)
        schema.json["properties"] = .object(own.merging(more) { own, _ in own })
        return schema
    }

    func with(_ keyword: String, _ value: JSONValue) -> Schema {
        var schema = self
        schema.json[keyword] = value
        return schema
    }

    func described(_ text: String) -> Schema { with("description", .string(text)) }

    /// Stands in the document once, under its name.
    func named(_ name: String) -> Schema {
        var schema = Schema(["$ref": .string("#/components/schemas/" + name)])
        schema.merge(components)
        schema.merge([name: .object(json)])
        return schema
    }

    private mutating func adopt(_ part: Schema) -> JSONValue {
        merge(part.components)
        return .object(part.json)
    }

    /// - Precondition: A name means one schema.
    private mutating func merge(_ others: [String: JSONValue]) {
        components.merge(others) { one, other in
            precondition(one == other, "two schemas have the same name")
            return one
        }
    }
}

extension Schema {
    /// The rule of `IdentifierRule`; 256 is its bound in bytes.
    static let id = Schema([
        "type": "string", "minLength": 1, "maxLength": .integer(Int64(IdentifierRule.maximumBytes)),
        "pattern": #"^[^\u0000-\u001F\u007F-\u009F]+$"#,
    ]).named("ID")

    /// An id in a query's list; a request's body takes any.
    static let idWithoutComma = Schema([
        "type": "string", "minLength": 1, "maxLength": .integer(Int64(IdentifierRule.maximumBytes)),
        "pattern": #"^[^,\u0000-\u001F\u007F-\u009F]+$"#,
    ])

    /// A model of this service: `OpenAPIDocument` says which there are.
    static let model = Schema(["$ref": "#/components/schemas/Model"])

    /// Or the choice that the service makes for each user.
    static let modelOrAuto = any(of: [model, .string(oneOf: [ModelChoice.name])])

    /// What was asked for, where something was recommended.
    static let answerRoute = string(oneOf: AnswerSource.Route.allCases.map(\.rawValue))

    /// A moment as it is answered.
    static let time = Schema(["type": "string", "format": "date-time"])

    /// A moment as `JSONTimestamp` reads it.
    static let anyTime = any(of: [
        time, integer(JSONTimestamp.range).described("Milliseconds since 1970"),
    ])

    /// A place in the log of events.
    static let sequence = integer(0...Int64.max)
}

/// A type that is answered in JSON, with its form. The tests hold answers to it.
protocol Described {
    static var schema: Schema { get }
}
