/// An answer as the handlers give it. Date, Server, Content-Length, Connection and X-Request-Id
/// are the server's to add.
package struct Response: Sendable {
    package var status: Status
    package var fields: Fields
    package var body: [UInt8]
    /// In a word why the request was refused, for the metrics; nil where it wasn't.
    package var refusal: String?

    package init(status: Status = .ok, fields: Fields = Fields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(status: Status = .ok, json bytes: [UInt8]) {
        self.init(status: status, fields: Self.jsonFields, body: bytes)
    }

    package init(status: Status = .ok, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package init(status: Status = .ok, contentType: String, body: [UInt8]) {
        self.init(status: status, fields: ["Content-Type": contentType], body: body)
    }

    /// Shared by all JSON answers, so that an answer's fields cost no allocation.
    private static let jsonFields: Fields = ["Content-Type": "application/json"]
}

extension Fields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral pairs: (String, String)...) {
        self.init()
        for (name, value) in pairs { append(name: name, value: value) }
    }
}
