import HTTP
import Support

extension Request {
    /// The item that the path names.
    func itemID() throws(Problem) -> ItemID { try ItemID(parameters["item"] ?? "", named: "item") }

    /// The user that the path names.
    func userID() throws(Problem) -> UserID { try UserID(parameters["user"] ?? "", named: "user") }

    /// The body, on a route that collects it.
    var collectedBody: [UInt8] {
        guard case .collected(let bytes) = body else {
            preconditionFailure("\(route) doesn't collect its body")
        }
        return bytes
    }
}

extension ItemID {
    init(_ text: String, named name: String) throws(Problem) {
        guard let id = ItemID(text) else { throw Problem.invalidID(name) }
        self = id
    }
}

extension UserID {
    init(_ text: String, named name: String) throws(Problem) {
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
