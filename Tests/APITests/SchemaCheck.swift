import Foundation
import Support
import TestSupport

/// Holds JSON to a schema. Stricter than schemas are: a field that isn't described is an error, so
/// that a description can't lag behind; so is a keyword that this doesn't know.
struct SchemaCheck {
    let document: JSONValue
    private(set) var violations: [String] = []
    /// The described fields that were met with a value.
    private(set) var seen: Set<String> = []

    init(document: JSONValue) {
        self.document = document
    }

    /// - Parameters:
    ///   - schema: Where in the document the schema is: `/components/schemas/Item`.
    ///   - path: Where the value is.
    mutating func check(_ value: JSONValue, _ schema: String, at path: String) {
        guard case .object(let keywords)? = document[pointer: schema] else {
            violations.append("\(schema) is no schema")
            return
        }
        for (keyword, rule) in keywords {
            switch keyword {
            case "$ref": check(value, String((rule.string ?? "").dropFirst()), at: path)
            case "anyOf": checkAny(value, rule.array.count, schema, at: path)
            case "properties": checkFields(value, schema, at: path)
            case "items":
                for (index, element) in value.array.enumerated() {
                    check(element, schema + "/items", at: "\(path)/\(index)")
                }
            case "additionalProperties":
                for key in value.keys.sorted() {
                    check(
                        value[key] ?? .null, "\(schema)/additionalProperties", at: path + "/" + key)
                }
            default:
                if !Self.keeps(value, keyword, rule) {
                    violations.append("\(path) breaks \(keyword) of \(schema)")
                }
            }
        }
    }

    private mutating func checkAny(
        _ value: JSONValue, _ count: Int, _ schema: String, at path: String
    ) {
        var failures: [String] = []
        for choice in 0..<count {
            var part = SchemaCheck(document: document)
            part.check(value, "\(schema)/anyOf/\(choice)", at: path)
            if part.violations.isEmpty {
                seen.formUnion(part.seen)
                return
            }
            failures += part.violations
        }
        violations.append("\(path) is none of \(schema)/anyOf: \(failures)")
    }

    private mutating func checkFields(_ value: JSONValue, _ schema: String, at path: String) {
        for key in value.keys.sorted() {
            let field = "\(schema)/properties/\(key)"
            guard document[pointer: field] != nil else {
                violations.append("\(path)/\(key) isn't described in \(schema)")
                continue
            }
            if value[key] != .null { seen.insert(field) }
            check(value[key] ?? .null, field, at: path + "/" + key)
        }
    }

    private static func keeps(_ value: JSONValue, _ keyword: String, _ rule: JSONValue) -> Bool {
        switch keyword {
        case "description", "default": true
        case "type": (rule.array.isEmpty ? [rule] : rule.array).contains { isType(value, $0) }
        case "enum": rule.array.contains(value)
        case "required":
            value == .null || rule.array.allSatisfy { value.keys.contains($0.string ?? "") }
        case "minimum": value.number.map { $0 >= rule.number ?? .nan } ?? true
        case "maximum": value.number.map { $0 <= rule.number ?? .nan } ?? true
        case "minLength": value.string.map { $0.count >= rule.integer ?? 0 } ?? true
        case "maxLength": value.string.map { $0.count <= rule.integer ?? 0 } ?? true
        case "minItems": value == .null || value.array.count >= rule.integer ?? 0
        case "maxItems": value.array.count <= rule.integer ?? 0
        case "pattern":
            value.string?.range(of: rule.string ?? "", options: .regularExpression) != nil
        case "format":
            rule == "date-time" && (value == .null || Timestamp(rfc3339: value.string ?? "") != nil)
        default: false
        }
    }

    private static func isType(_ value: JSONValue, _ type: JSONValue) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number: type == "number"
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

extension JSONValue {
    /// RFC 6901; nil where it leads nowhere.
    subscript(pointer path: String) -> JSONValue? {
        var value = self
        for part in path.split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            let index = Int(name) ?? -1
            guard let next = value[name] ?? value[index] else { return nil }
            value = next
        }
        return value
    }

    /// A name as a part of such a path.
    static func pointerPart(_ name: String) -> String {
        "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
