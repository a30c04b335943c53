import Events
import Support

/// Events from comma-separated values. The first record names the columns.
///
/// `user` and `item` are required; `type`, `value`, `time` (RFC 3339 or whole milliseconds), `id`,
/// `session` and `recommendation` may be there. An empty field counts as absent.
package struct CSVEvents: EventSource {
    private enum Column: String {
        case user, item, type, value, time, id, session, recommendation
    }

    /// Names in the first record that mean nothing here; their columns are left out.
    package let unknownColumns: [String]

    /// What each column holds, nil for an unknown one.
    private let columns: [Column?]
    private let defaultType: String
    private let rules: EventRules
    private var reader: CSVReader
    private var identity = ContentIdentity()

    /// - Parameters:
    ///   - defaultType: For rows that name no type.
    ///   - now: Times more than a day after it are refused.
    /// - Throws: `ImportError` for an unreadable file or a first record that doesn't name columns.
    package init(path: String, defaultType: String = "view", now: Timestamp) throws {
        func malformed(_ reason: String) -> ImportError {
            .malformed(path: path, ImportProblem(line: 1, reason: reason))
        }
        reader = try CSVReader(path: path)
        guard let header = try reader.next() else { throw malformed("no names of columns") }
        let names = try header.fields.mapError { malformed($0.reason) }.get()
        columns = names.map { Column(rawValue: $0) }
        unknownColumns = zip(names, columns).filter { $0.1 == nil }.map(\.0)
        for required in [Column.user, .item] where !columns.contains(required) {
            throw malformed("no column \(required.rawValue)")
        }
        let known = columns.compactMap(\.self)
        guard Set(known).count == known.count else { throw malformed("a column is named twice") }
        self.defaultType = defaultType
        rules = EventRules(now: now)
    }

    package var totalBytes: Int64 { reader.lines.totalBytes }

    package mutating func nextChunk(maximum: Int) throws -> ImportChunk? {
        var chunk = ImportChunk()
        var count = 0
        while count < maximum, let record = try reader.next() {
            count += 1
            do throws(RuleViolation) {
                chunk.events.append(try event(try record.fields.get()))
            } catch {
                chunk.problems.append(ImportProblem(line: record.line, reason: error.reason))
            }
        }
        chunk.bytesRead = reader.lines.bytesRead
        return count == 0 ? nil : chunk
    }

    private mutating func event(_ fields: [String]) throws(RuleViolation) -> Event {
        guard fields.count == columns.count else {
            throw RuleViolation(
                reason: "\(fields.count) fields where \(columns.count) columns are named")
        }
        var texts: [Column: String] = [:]
        for (column, text) in zip(columns, fields) where !text.isEmpty {
            if let column { texts[column] = text }
        }
        func text(_ column: Column) throws(RuleViolation) -> String? {
            guard let text = texts[column] else { return nil }
            return try rules.identifier(text, field: column.rawValue)
        }
        var event = Event(
            id: try text(.id), type: try text(.type) ?? defaultType,
            user: try rules.user(texts[.user] ?? ""), item: try rules.item(texts[.item] ?? ""),
            recommendation: try text(.recommendation), session: try text(.session))
        if let value = texts[.value] { event.value = try rules.value(Double(value)) }
        if let time = texts[.time] { event.time = try rules.time(time) }
        if event.id == nil { event.id = identity.id(for: event) }
        return event
    }
}
