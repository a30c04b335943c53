import HTTP
import Store
import Support

/// An item as clients write it: every field but the id may be missing.
struct ItemBody: Decodable, Described {
    var id: ItemID?
    private var available: Bool?
    private var categories: [String]?
    private var title: String?
    private var attributes: [String: JSONValue]?
    private var embedding: [Float]?
    private var createdAt: JSONTimestamp?
    private var availableFrom = Moment.unsaid
    private var expiresAt = Moment.unsaid

    /// A time that may be taken away again.
    private enum Moment {
        case unsaid, none
        case at(Timestamp)

        var timestamp: Timestamp? {
            if case .at(let timestamp) = self { timestamp } else { nil }
        }

        func change(_ time: inout Timestamp?) {
            switch self {
            case .unsaid: break
            case .none: time = nil
            case .at(let timestamp): time = timestamp
            }
        }
    }

    /// 1990-01-01, as for events.
    private static let earliest = Timestamp(milliseconds: 631_152_000_000)
    private static let maximumCategories = 256
    private static let maximumEmbedding = 4096
    /// Of an item as it is stored: a thousand have to fit into an answer.
    static let maximumBytes = 64 * 1024

    static let schema = fields(id: .id.optional).named("ItemChange")

    static func fields(id: Schema) -> Schema {
        .object([
            "id": id, "available": .boolean.optional,
            "categories": Schema.array(of: .id, ["maxItems": .integer(Int64(maximumCategories))])
                .optional,
            "title": .string.optional, "attributes": .map().optional,
            "embedding": Schema.array(
                of: .number, ["maxItems": .integer(Int64(maximumEmbedding))]
            ).optional,
            "createdAt": .anyTime.optional,
            "availableFrom": Schema.anyTime.optional.described("Not shown before; null for always"),
            "expiresAt": Schema.anyTime.optional.described(
                "Not shown from then on; null for never"),
        ])
    }

    private enum Key: String, CodingKey {
        case id, available, categories, title, attributes, embedding, createdAt
        case availableFrom, expiresAt
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(String.self, forKey: .id).map {
            try ItemID($0, named: "id")
        }
        available = try fields.decodeIfPresent(Bool.self, forKey: .available)
        categories = try fields.decodeIfPresent([String].self, forKey: .categories)
        title = try fields.decodeIfPresent(String.self, forKey: .title)
        attributes = try fields.decodeIfPresent([String: JSONValue].self, forKey: .attributes)
        embedding = try fields.decodeIfPresent([Float].self, forKey: .embedding)
        createdAt = try fields.decodeIfPresent(JSONTimestamp.self, forKey: .createdAt)
        availableFrom = try Self.moment(.availableFrom, in: fields)
        expiresAt = try Self.moment(.expiresAt, in: fields)
        try check()
    }

    private static func moment(
        _ key: Key, in fields: KeyedDecodingContainer<Key>
    ) throws -> Moment {
        guard fields.contains(key) else { return .unsaid }
        guard let time = try fields.decodeIfPresent(JSONTimestamp.self, forKey: key) else {
            return .none
        }
        guard time.timestamp >= earliest else {
            throw Problem.badRequest(
                "invalid-item", "\(key.stringValue) is before 1990 (are these seconds?)")
        }
        return .at(time.timestamp)
    }

    private static func checkOrder(_ from: Timestamp?, _ until: Timestamp?) throws {
        guard let from, let until, until <= from else { return }
        throw Problem.badRequest("invalid-item", "expiresAt must be after availableFrom")
    }

    private func check() throws {
        try Self.checkOrder(availableFrom.timestamp, expiresAt.timestamp)
        if let categories {
            guard categories.count <= Self.maximumCategories,
                categories.allSatisfy(IdentifierRule.accepts)
            else {
                throw Problem.badRequest(
                    "invalid-item",
                    "categories must be at most \(Self.maximumCategories) strings of 1 to 256 "
                        + "bytes without control characters")
            }
        }
        if let embedding {
            guard embedding.count <= Self.maximumEmbedding, embedding.allSatisfy(\.isFinite) else {
                throw Problem.badRequest(
                    "invalid-item",
                    "embedding must be at most \(Self.maximumEmbedding) finite numbers")
            }
        }
    }

    /// The whole item: what is missing takes its default.
    func item(_ id: ItemID) throws -> Item {
        let item = Item(
            id: id, isAvailable: available ?? true, categories: categories ?? [], title: title,
            attributes: try attributes.map(JSONValue.text), embedding: embedding,
            createdAt: createdAt?.timestamp, availableFrom: availableFrom.timestamp,
            expiresAt: expiresAt.timestamp)
        try Self.checkSize(item)
        return item
    }

    /// Changes only what is there (JSON merge, RFC 7396; null removes nothing but the two times of
    /// availability).
    func merge(into item: inout Item) throws {
        if let available { item.isAvailable = available }
        if let categories { item.categories = categories }
        if let title { item.title = title }
        if let attributes {
            var merged = try item.attributes.map(JSONValue.object) ?? [:]
            merged.merge(attributes) { _, new in new }
            item.attributes = try JSONValue.text(of: merged)
        }
        if let embedding { item.embedding = embedding }
        if let createdAt { item.createdAt = createdAt.timestamp }
        availableFrom.change(&item.availableFrom)
        expiresAt.change(&item.expiresAt)
        try Self.checkOrder(item.availableFrom, item.expiresAt)
        try Self.checkSize(item)
    }

    private static func checkSize(_ item: Item) throws {
        let texts = [item.title, item.attributes].compactMap(\.self) + item.categories
        let numbers = item.embedding?.count ?? 0
        let bytes = texts.reduce(numbers * MemoryLayout<Float>.size) { $0 + $1.utf8.count }
        guard bytes <= maximumBytes else {
            throw Problem.badRequest(
                "invalid-item",
                "title, categories, attributes as JSON, and embedding at 4 bytes a number have "
                    + "more than \(maximumBytes) bytes together")
        }
    }
}

/// An item as it is answered.
struct ItemAnswer: Encodable, Described {
    private let id: String
    private let available: Bool
    private let categories: [String]
    private let title: String?
    private let attributes: [String: JSONValue]?
    private let embedding: [Float]?
    private let createdAt: JSONTimestamp?
    private let availableFrom: JSONTimestamp?
    private let expiresAt: JSONTimestamp?

    init(_ item: Item) throws {
        id = item.id.rawValue
        available = item.isAvailable
        categories = item.categories
        title = item.title
        attributes = try item.attributes.map(JSONValue.object)
        embedding = item.embedding
        createdAt = item.createdAt.map(JSONTimestamp.init)
        availableFrom = item.availableFrom.map(JSONTimestamp.init)
        expiresAt = item.expiresAt.map(JSONTimestamp.init)
    }

    static let schema = Schema.object([
        "id": .id, "available": .boolean, "categories": .array(of: .id),
        "title": .string.orAbsent, "attributes": .map().orAbsent,
        "embedding": .array(of: .number).orAbsent, "createdAt": .time.orAbsent,
        "availableFrom": .time.orAbsent, "expiresAt": .time.orAbsent,
    ]).named("Item")
}
