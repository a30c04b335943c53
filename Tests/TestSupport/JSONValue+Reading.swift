import Foundation
import Support

/// Ways into an answer; what isn't there is nil.
extension JSONValue {
    package init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    package subscript(index: Int) -> JSONValue? {
        if case .array(let elements) = self, elements.indices.contains(index) {
            elements[index]
        } else {
            nil
        }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var number: Double? {
        switch self {
        case .number(let number): number
        case .integer(let integer): Double(integer)
        default: nil
        }
    }

    package var integer: Int? {
        if case .integer(let integer) = self { Int(exactly: integer) } else { nil }
    }

    package var array: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    package var keys: Set<String> {
        if case .object(let members) = self { Set(members.keys) } else { [] }
    }
}
