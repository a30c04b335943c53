import HTTP
import Support

/// A query parameter of a route: how it is read, and what the document tells of it.
struct QueryParameter<Value: Sendable>: DeclaredParameter {
    let name: String
    let summary: String
    let schema: Schema
    /// What is meant where it isn't given.
    private let absent: Value
    /// - Throws: `Problem` (400) that names the parameter and its rule.
    private let read: @Sendable (String) throws(Problem) -> Value

    private init(
        _ name: String, _ summary: String, _ schema: Schema, absent: Value,
        read: @escaping @Sendable (String) throws(Problem) -> Value
    ) {
        self.name = name
        self.summary = summary
        self.schema = schema
        self.absent = absent
        self.read = read
    }

    fileprivate func value(in request: Request) throws(Problem) -> Value {
        guard let text = request.queryValue(name) else { return absent }
        return try read(text)
    }
}

/// A query parameter as a route's operation lists it.
protocol DeclaredParameter: Sendable {
    var name: String { get }
    var summary: String { get }
    var schema: Schema { get }
}

extension Request {
    /// - Throws: `Problem` (400) where the text isn't one of the parameter's values.
    func value<Value>(of parameter: QueryParameter<Value>) throws(Problem) -> Value {
        try parameter.value(in: self)
    }
}

extension QueryParameter where Value == Int {
    static func integer(
        _ name: String, _ summary: String, in range: ClosedRange<Int64>, default absent: Int64
    ) -> Self {
        let schema = Schema.integer(range).with("default", .integer(absent))
        return Self(name, summary, schema, absent: Int(absent)) { text throws(Problem) in
            Int(try Problem.integer(text, name, in: range))
        }
    }

    /// Rows of a listing: 100 by default and 1,000 at most.
    static var limit: Self {
        integer("limit", "How many rows at most", in: 1...1000, default: 100)
    }
}

extension QueryParameter where Value == Int64? {
    static func integer(_ name: String, _ summary: String, in range: ClosedRange<Int64>) -> Self {
        Self(name, summary, .integer(range), absent: nil) { text throws(Problem) in
            try Problem.integer(text, name, in: range)
        }
    }

    /// For listings whose rows are numbered, the newest first.
    static var before: Self {
        integer("before", "Goes on below the last row's number", in: 1...Int64.max)
    }
}

extension QueryParameter where Value == Bool {
    /// False by default.
    static func flag(_ name: String, _ summary: String) -> Self {
        let schema = Schema.boolean.with("default", false)
        return Self(name, summary, schema, absent: false) { text throws(Problem) in
            switch text {
            case "true": true
            case "false": false
            default: throw Problem.badRequest("invalid-parameter", "\(name) must be true or false")
            }
        }
    }
}

extension QueryParameter where Value == String? {
    static func text(_ name: String, _ summary: String, _ schema: Schema = .string) -> Self {
        Self(name, summary, schema, absent: nil) { text throws(Problem) in text }
    }
}

extension QueryParameter where Value == ItemID? {
    static func item(_ name: String, _ summary: String) -> Self {
        Self(name, summary, .id, absent: nil) { text throws(Problem) in
            try ItemID(text, named: name)
        }
    }
}

extension QueryParameter where Value == [ItemID] {
    /// Ids joined by commas, so none of them has one: many clients encode the commas between.
    static func items(_ name: String, _ summary: String) -> Self {
        Self(name, summary, .array(of: .idWithoutComma), absent: []) { text throws(Problem) in
            guard !text.isEmpty else { return [] }
            return try text.split(separator: ",", omittingEmptySubsequences: false)
                .map { part throws(Problem) in try ItemID(String(part), named: name) }
        }
    }
}

extension Problem {
    fileprivate static func integer(
        _ text: String, _ name: String, in range: ClosedRange<Int64>
    ) throws(Problem) -> Int64 {
        guard let number = Int64(text), range.contains(number) else {
            throw .badRequest(
                "invalid-parameter",
                "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// For what the contract names and this version doesn't have yet.
    static func notBuilt(_ name: String) -> Problem {
        .badRequest("not-supported", "\(name) is not supported by this version")
    }
}
