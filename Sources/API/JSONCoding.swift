import Foundation
import HTTP
import Support

/// How this API writes and reads JSON.
enum JSONCoding {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// - Throws: `Problem` (400) that says where the body can't be read.
    static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let error as DecodingError {
            throw Problem.badRequest("invalid-json", describe(error))
        }
    }

    /// What is wrong, without the value: it may be anybody's data.
    static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            "\(path(context.codingPath)) must be \(name(of: type))"
        case .valueNotFound(let type, let context):
            "\(path(context.codingPath)) must be \(name(of: type)), not null"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            "the body is not valid JSON"
        case .dataCorrupted(let context):
            "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            "the body is not valid JSON"
        }
    }

    /// What is wrong with one element of an upload, without its place in the upload: that stands
    /// beside it.
    static func describe(local error: any Error) -> String {
        let shortened: (DecodingError.Context) -> DecodingError.Context = { context in
            let inside = context.codingPath.lastIndex { $0.intValue != nil }.map { $0 + 1 } ?? 0
            return DecodingError.Context(
                codingPath: Array(context.codingPath[inside...]),
                debugDescription: context.debugDescription)
        }
        let local: DecodingError? =
            switch error as? DecodingError {
            case .keyNotFound(let key, let context): .keyNotFound(key, shortened(context))
            case .typeMismatch(let type, let context): .typeMismatch(type, shortened(context))
            case .valueNotFound(let type, let context): .valueNotFound(type, shortened(context))
            case .dataCorrupted(let context): .dataCorrupted(shortened(context))
            default: nil
            }
        return local.map(describe)?.replacing("the body", with: "the element") ?? "unreadable"
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "the body" }
        return keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Double.Type, is Float.Type: "a number"
        case is Int.Type, is Int64.Type: "an integer"
        case is [String: JSONValue].Type, is [String: Any].Type: "an object"
        default: "an array or object of the documented form"
        }
    }
}

extension Response {
    init(status: Status = .ok, encoding value: some Encodable) throws {
        self.init(status: status, json: try JSONCoding.encode(value))
    }
}
