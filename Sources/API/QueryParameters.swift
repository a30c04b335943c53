import HTTP
import Support

/// A request's query, read strictly: a name that the route doesn't know is refused, so that nobody
/// believes in a filter that was never applied.
struct QueryParameters {
    private var values: [String: String] = [:]

    /// - Parameters:
    ///   - known: What the route reads.
    ///   - planned: What the contract names and this version doesn't have yet.
    /// - Throws: `Problem` (400) for any other name, or one that is given twice.
    init(_ request: Request, known: [String], planned: [String] = []) throws {
        for item in request.query {
            if planned.contains(item.name) {
                throw Problem.notBuilt("query parameter \(item.name)")
            }
            guard known.contains(item.name) else {
                throw Problem.badRequest(
                    "unknown-parameter", "unknown query parameter \(item.name)")
            }
            guard values.updateValue(item.value, forKey: item.name) == nil else {
                throw Problem.badRequest(
                    "invalid-parameter", "query parameter \(item.name) is given twice")
            }
        }
    }

    func text(_ name: String) -> String? { values[name] }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = values[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw Problem.badRequest(
                "invalid-parameter",
                "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ name: String) throws -> Bool? {
        switch values[name] {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Problem.badRequest("invalid-parameter", "\(name) must be true or false")
        }
    }

    /// Ids joined by commas.
    func items(_ name: String) throws -> [ItemID] {
        guard let text = values[name], !text.isEmpty else { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map {
            try ItemID(String($0), named: name)
        }
    }

    /// Rows of a listing: 100 by default and 1,000 at most.
    func limit() throws -> Int {
        Int(try integer("limit", in: 1...1000) ?? 100)
    }
}

extension Problem {
    /// For what the contract names and this version doesn't have yet.
    static func notBuilt(_ name: String) -> Problem {
        .badRequest("not-supported", "\(name) is not supported by this version")
    }
}

extension ItemID {
    init(_ text: String, named name: String) throws {
        guard let id = ItemID(text) else { throw Problem.invalidID(name) }
        self = id
    }
}

extension UserID {
    init(_ text: String, named name: String) throws {
        guard let id = UserID(text) else { throw Problem.invalidID(name) }
        self = id
    }
}

extension Problem {
    static func invalidID(_ name: String) -> Problem {
        .badRequest(
            "invalid-id", "\(name) must be 1 to 256 bytes without control characters")
    }
}

extension Request {
    /// The item that the path names.
    func itemID() throws -> ItemID { try ItemID(parameters["item"] ?? "", named: "item") }

    /// The user that the path names.
    func userID() throws -> UserID { try UserID(parameters["user"] ?? "", named: "user") }

    /// The body, on a route that collects it.
    var collectedBody: [UInt8] {
        guard case .collected(let bytes) = body else {
            preconditionFailure("\(route) doesn't collect its body")
        }
        return bytes
    }

    /// For routes without any query parameter.
    func requireNoQuery() throws { _ = try QueryParameters(self, known: []) }
}
