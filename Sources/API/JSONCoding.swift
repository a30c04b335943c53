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

    /// The request's body, which is JSON where it says nothing of its type.
    ///
    /// - Throws: `Problem`: 415 for another type, 400 for a body that can't be read.
    static func decode<Value: Decodable>(_ type: Value.Type, from request: Request) throws -> Value
    {
        guard try ContentType(request) == .json else { throw ContentType.unsupported }
        return try decode(type, from: request.collectedBody)
    }

    /// - Throws: `Problem` (400) that says where the body can't be read.
    static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let error as DecodingError {
            throw Problem.badRequest("invalid-json", explanation(of: error, in: body))
        }
    }

    /// The decoder says of a number beyond its field's type that this isn't JSON, and doesn't say
    /// where.
    private static func explanation(of error: DecodingError, in body: [UInt8]) -> String {
        let isAboutAll =
            if case .dataCorrupted = error { error.context.codingPath.isEmpty } else { false }
        // try?: then it is no JSON indeed
        let json = isAboutAll ? try? JSONDecoder().decode(JSONValue.self, from: Data(body)) : nil
        return json == nil
            ? error.explanation(of: "the body")
            : "a number in the body is no integer, or out of its field's range"
    }
}

extension Response {
    init(status: Status = .ok, encoding value: some Encodable) throws {
        self.init(status: status, json: try JSONCoding.encode(value))
    }
}
