import Events
import HTTP

/// What can be uploaded many at a time, each judged by itself: reading one never fails, so that a
/// bad one costs no other.
protocol UploadElement: Decodable, Described {
    /// The field of the object form that holds the array.
    static var listKey: String { get }

    init(from decoder: any Decoder)
}

extension EventDraft: UploadElement {
    static let listKey = "events"

    static let schema = Schema.object([
        "id": Schema.id.optional.described("Makes a repeat harmless"),
        "type": .id, "user": .id, "item": .id, "value": .number.optional,
        "time": Schema.anyTime.optional.described("By default the time of arrival"),
        "recommendation": Schema.id.optional.described("The answer that led to it"),
        "session": .id.optional, "properties": .map().optional,
    ]).named("NewEvent")
}

extension Upload: Described {
    static var schema: Schema {
        let list = Schema.array(
            of: Element.schema, ["maxItems": .integer(Int64(UploadBounds.jsonElements))])
        return .any(of: [Element.schema, list, .object([Element.listKey: list])])
    }
}

/// The three forms of a JSON body: one element, an array of them, or an object around an array. One of
/// too many elements is refused (413) before any is read.
struct Upload<Element: UploadElement>: Decodable {
    let elements: [Element]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let list = Key(stringValue: Element.listKey)
        if let fields = try? decoder.container(keyedBy: Key.self) {  // try?: then it is no object
            elements =
                fields.contains(list)
                ? try fields.decode(List.self, forKey: list).elements : [Element(from: decoder)]
        } else {
            elements = try List(from: decoder).elements
        }
    }

    private struct List: Decodable {
        var elements: [Element] = []

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            // Nil where the decoder doesn't know before the end.
            try Self.check(list.count ?? 0)
            while !list.isAtEnd {
                try Self.check(elements.count + 1)
                elements.append(try list.decode(Element.self))
            }
        }

        private static func check(_ count: Int) throws {
            guard count <= UploadBounds.jsonElements else { throw Problem.tooManyElements }
        }
    }
}

extension Problem {
    static let tooManyElements = Problem(
        .contentTooLarge, type: "too-many-elements",
        "a JSON body may have at most \(UploadBounds.jsonElements) elements; send more as "
            + "application/x-ndjson, which may have any number")
}

/// Why one element of an upload isn't stored. The others are.
struct Rejection: Encodable, Equatable, Described {
    /// How many an answer lists; all are counted.
    static let maximumListed = 1000

    /// Its place in the upload.
    var index: Int
    /// `RuleViolation.Code`, `invalid-item` or `conflict`.
    var code: String
    /// Names the field and the rule.
    var detail: String

    static let schema = Schema.object([
        "index": Schema.integer.described("Its place in the upload"), "code": .string,
        "detail": .string,
    ]).named("Rejection")
}

extension Rejection {
    init(_ violation: RuleViolation, index: Int) {
        self.init(index: index, code: violation.code.rawValue, detail: violation.reason)
    }
}

/// What of an upload was rejected so far.
struct Rejections {
    /// The first ones, by place.
    private(set) var listed: [Rejection] = []
    private(set) var count = 0

    /// - Parameter more: By place, behind those that were added before.
    mutating func add(_ more: [Rejection]) {
        count += more.count
        listed += more.prefix(Rejection.maximumListed - listed.count)
    }

    /// 200, 207 where a part is rejected, and a problem where everything is.
    func response(
        with report: some Encodable, code: String, hasStored: Bool
    ) throws -> Response {
        guard let first = listed.first else { return try Response(encoding: report) }
        if hasStored { return try Response(status: .multiStatus, encoding: report) }
        return try ErrorResponse.problem(
            Problem.badRequest(code, first.detail), extendedBy: report)
    }
}
