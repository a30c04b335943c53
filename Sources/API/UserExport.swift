import Foundation
import Store
import Support

/// Everything that is stored about a person, as lines of JSON: each says in `kind` what it is. The
/// newest events come first, then what older ones were folded into, then the newest recommendations.
///
/// Reads pages and keeps no more than the lines of one answer: `maximumBytes`, one line beyond them,
/// and the last. Where that isn't everything, the last line says how to go on; else it counts what
/// there was.
struct UserExport {
    /// What comes next.
    enum Place: Equatable {
        case user
        case events(before: EventSequence)
        case folded(after: Folded?)
        case recommendations(before: AnswerID?)

        /// Where the folded events of one user go on.
        struct Folded: Equatable {
            let item: Int32
            let type: UInt16
        }

        /// Of `text`, where an answer names it; its numbers have bounds beside.
        static let pattern =
            #"^(events:[0-9]+|folded(:[0-9]+\.[0-9]+)?|recommendations(:r-[0-9A-HJKMNP-TV-Z]{26})?)$"#

        /// Nil for what no answer names.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            switch (parts.first, parts.dropFirst().first) {
            case ("events", let number?):
                guard let number = Int64(number), number > 0 else { return nil }
                self = .events(before: EventSequence(number))
            case ("folded", nil): self = .folded(after: nil)
            case ("folded", let keys?):
                let numbers = keys.split(separator: ".")
                guard numbers.count == 2, let item = Int32(numbers[0]),
                    let type = UInt16(numbers[1])
                else { return nil }
                self = .folded(after: Folded(item: item, type: type))
            case ("recommendations", nil): self = .recommendations(before: nil)
            case ("recommendations", let id?):
                guard let id = AnswerID(id) else { return nil }
                self = .recommendations(before: id)
            default: return nil
            }
        }

        var text: String {
            switch self {
            case .user: "user"
            case .events(let sequence): "events:\(sequence.rawValue)"
            case .folded(nil): "folded"
            case .folded(let folded?): "folded:\(folded.item).\(folded.type)"
            case .recommendations(nil): "recommendations"
            case .recommendations(let id?): "recommendations:\(id.text)"
            }
        }
    }

    static let summary =
        "Lines of kind user, event, folded, recommendation; the last is of kind end, or of kind more with "
        + "what after has to be to go on"
    /// 32,000 events of the usual length. A client that reads slowly holds as much for as long.
    static let maximumBytes = 4 << 20
    /// With the longest properties as much as an answer.
    private static let page = 200

    private let user: UserProfile
    private let store: Store
    private let maximumBytes: Int
    private(set) var lines: [UInt8] = []
    private var counts = Counts()
    /// Of the user's events, once they were looked for.
    private var numbers: UserEventNumbers?

    init(of user: UserProfile, in store: Store, maximumBytes: Int = maximumBytes) {
        self.user = user
        self.store = store
        self.maximumBytes = maximumBytes
    }

    /// Writes from a place to the end, or until the answer is full.
    mutating func write(from place: Place) async throws {
        var next: Place? = place
        while let place = next {
            guard lines.count < maximumBytes else {
                return try append("more", More(after: place.text))
            }
            next = try await writePage(at: place)
        }
        try append("end", counts)
    }

    /// - Returns: Where it goes on; nil at the end.
    private mutating func writePage(at place: Place) async throws -> Place? {
        switch place {
        case .user:
            try append("user", try UserAnswer(user))
            return .events(before: EventSequence(.max))
        case .events(let sequence):
            if let last = try await writeEvents(before: sequence) { return .events(before: last) }
            return .folded(after: nil)
        case .folded(let place):
            if let last = try await writeFolded(after: place) { return .folded(after: last) }
            try await store.writeWaitingRecommendations()
            return .recommendations(before: nil)
        case .recommendations(let id):
            let answers = try await store.reader.recommendations(
                of: user.id, before: id, limit: Self.page)
            let written = try append("recommendation", answers) { ShownAnswer($0) }
            counts.recommendations += written.count
            return written.last.map { .recommendations(before: $0.id) }
        }
    }

    /// - Returns: The last one; nil at the end.
    private mutating func writeEvents(before end: EventSequence) async throws -> EventSequence? {
        if numbers == nil {
            numbers = try await store.reader.read { [user] in try $0.eventNumbers(of: user.id) }
        }
        guard let found = numbers else { return nil }
        let wanted = found.numbers.drop { $0 >= end }.prefix(Self.page)
        let events = try await store.reader.read { [user] in
            try $0.events(of: user.id, found.user, numbered: wanted)
        }
        let written = try append("event", events) { try EventAnswer($0) }
        counts.events += written.count
        // Some of those that were wanted may not be there.
        return written.count < events.count ? written.last?.sequence : wanted.last
    }

    /// - Returns: The last one; nil at the end.
    private mutating func writeFolded(after place: Place.Folded?) async throws -> Place.Folded? {
        let rows = try await store.reader.read { [user] snapshot in
            try snapshot.foldedEvents(
                of: user.id, after: place.map { ($0.item, $0.type) }, limit: Self.page)
        }
        let written = try append("folded", rows) { FoldedAnswer($0.events) }
        counts.foldedEvents += written.reduce(0) { $0 + $1.events.count }
        return written.last.map { Place.Folded(item: $0.item.rawValue, type: $0.type.rawValue) }
    }

    /// Writes rows until the answer is full.
    ///
    /// - Returns: Those that were written.
    private mutating func append<Row, Content: Encodable>(
        _ kind: String, _ rows: [Row], _ content: (Row) throws -> Content
    ) throws -> ArraySlice<Row> {
        for (number, row) in rows.enumerated() {
            guard lines.count < maximumBytes else { return rows[..<number] }
            try append(kind, try content(row))
        }
        return rows[...]
    }

    private mutating func append(_ kind: String, _ content: some Encodable) throws {
        lines += try JSONCoding.encode(Line(kind: kind, content: content))
        lines.append(UInt8(ascii: "\n"))
    }

    /// Of this answer.
    private struct Counts: Encodable {
        var events = 0
        /// Those that the folded rows stand for.
        var foldedEvents = 0
        var recommendations = 0
    }

    private struct More: Encodable {
        var after: String
    }

    /// An object with the fields of another one and its kind.
    private struct Line<Content: Encodable>: Encodable {
        let kind: String
        let content: Content

        private enum Key: CodingKey {
            case kind
        }

        func encode(to encoder: any Encoder) throws {
            try content.encode(to: encoder)
            var fields = encoder.container(keyedBy: Key.self)
            try fields.encode(kind, forKey: .kind)
        }
    }
}

/// A logged answer as it is exported.
struct ShownAnswer: Encodable {
    private let id: String
    private let time: JSONTimestamp
    private let route: String
    private let policy: String
    private let model: String?
    private let version: Int?
    private let items: [String]

    init(_ answer: GivenAnswer) {
        id = answer.id.text
        time = JSONTimestamp(answer.id.time)
        route = answer.source.route.rawValue
        policy = answer.source.policy
        model = answer.source.model
        version = model.map { _ in answer.source.version }
        items = answer.items.map(\.rawValue)
    }
}

/// Folded events as they are exported.
private struct FoldedAnswer: Encodable {
    private let type: String
    private let item: String
    private let count: Int
    private let firstTime: JSONTimestamp
    private let lastTime: JSONTimestamp
    private let lastValue: Double?

    init(_ events: FoldedEvents) {
        type = events.type
        item = events.item.rawValue
        count = events.count
        firstTime = JSONTimestamp(events.firstTime)
        lastTime = JSONTimestamp(events.lastTime)
        lastValue = events.lastValue
    }
}
