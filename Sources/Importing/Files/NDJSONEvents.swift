import Events
import Support

/// Events as newline-delimited JSON: one object of the API's form on each line.
package struct NDJSONEvents: EventSource {
    private let rules: EventRules
    private var lines: LineReader
    private var identity = ContentIdentity()
    private let parser = EventParser()

    /// - Parameter now: Times more than a day after it are refused.
    package init(path: String, now: Timestamp) throws {
        lines = try LineReader(path: path)
        rules = EventRules(now: now)
    }

    package var totalBytes: Int64 { lines.totalBytes }

    package mutating func nextChunk(maximum: Int) throws -> ImportChunk? {
        var chunk = ImportChunk()
        var count = 0
        while count < maximum, let line = try lines.next() {
            let isBlank = line.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            if isBlank && !line.isTooLong { continue }
            count += 1
            do throws(RuleViolation) {
                chunk.events.append(try event(line))
            } catch {
                chunk.problems.append(ImportProblem(line: line.number, reason: error.reason))
            }
        }
        chunk.bytesRead = lines.bytesRead
        return count == 0 ? nil : chunk
    }

    private mutating func event(_ line: LineReader.Line) throws(RuleViolation) -> Event {
        if line.isTooLong { throw .tooLong }
        var event = try parser.draft(ofLine: line.bytes).event(rules)
        if event.id == nil { event.id = identity.id(for: event) }
        return event
    }
}
