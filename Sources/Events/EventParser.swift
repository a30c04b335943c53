import CSimdjson
import Support

/// Reads events from JSON, the common ones fast: simdjson reads what is an event without any doubt,
/// and everything else is left to `EventDraft`'s own decoder, which can say what is wrong. So the
/// verdicts are the decoder's, whichever of the two read. Keeps its memory between calls, and
/// belongs to one task.
package final class EventParser {
    /// Parsing takes some 13 times a document's bytes. What a longer one than this took isn't kept.
    static let keptBytes = 16 * 1024

    /// An upload has more events than its reader takes.
    package struct TooMany: Error {}

    private var parser = EventParser.create()

    package init() {}

    private static func create() -> OpaquePointer {
        guard let parser = event_parser_create() else {
            preconditionFailure("no memory for a parser of events")
        }
        return parser
    }

    deinit { event_parser_destroy(parser) }

    /// The elements of an upload: one event, an array of them, or `{"events":[…]}`. Nil for what
    /// only a decoder can judge.
    ///
    /// - Throws: `TooMany`, before any is read.
    package func drafts(
        ofUpload bytes: [UInt8], atMost maximum: Int = .max
    ) throws(TooMany) -> [EventDraft]? {
        defer { forgetLongDocument() }
        let count = bytes.withUnsafeBufferPointer {
            event_parser_upload(parser, $0.baseAddress, $0.count)
        }
        guard count >= 0 else { return nil }
        guard count <= maximum else { throw TooMany() }
        var drafts: [EventDraft] = []
        drafts.reserveCapacity(count)
        for _ in 0..<count {
            guard let draft = nextDraft() else { return nil }
            drafts.append(draft)
        }
        return drafts
    }

    /// One line of newline-delimited JSON.
    package func draft(ofLine line: some Collection<UInt8>) -> EventDraft {
        defer { forgetLongDocument() }
        let count =
            line.withContiguousStorageIfAvailable {
                event_parser_line(parser, $0.baseAddress, $0.count)
            } ?? -1
        return (count == 1 ? nextDraft() : nil) ?? EventDraft(line: line)
    }

    /// The longest document that it has memory for by now.
    var capacity: Int { event_parser_capacity(parser) }

    private func forgetLongDocument() {
        guard capacity > Self.keptBytes else { return }
        event_parser_destroy(parser)
        parser = Self.create()
    }

    private func nextDraft() -> EventDraft? {
        let fields = event_parser_next(parser)
        return fields.is_clean ? EventDraft(fields) : nil
    }
}

extension EventDraft {
    fileprivate init(_ read: event_fields) {
        var time: JSONTimestamp?
        if read.has_time {
            guard JSONTimestamp.range.contains(read.time) else {
                self.init(Self.invalidTime)
                return
            }
            time = JSONTimestamp(Timestamp(milliseconds: read.time))
        } else if let text = String(read.time_text) {
            guard let moment = Timestamp(rfc3339: text) else {
                self.init(Self.invalidTime)
                return
            }
            time = JSONTimestamp(moment)
        }
        do {
            self.init(
                Fields(
                    id: String(read.id), type: String(read.type) ?? "",
                    user: String(read.user) ?? "", item: String(read.item) ?? "",
                    value: read.has_value ? read.value : nil, time: time,
                    recommendation: String(read.recommendation), session: String(read.session),
                    properties: try String(read.properties).map(JSONValue.object)))
        } catch {
            self.init(RuleViolation(reason: "properties can't be stored"))
        }
    }
}

extension String {
    /// Nil where there is no text.
    fileprivate init?(_ text: json_text) {
        guard text.bytes != nil else { return nil }
        let bytes = UnsafeBufferPointer(start: text.bytes, count: text.length)
        self.init(decoding: bytes, as: UTF8.self)
    }
}
