import Events
import Foundation
import Support

/// Any bytes are either an event that keeps the rules or a violation with a reason, alone as well as
/// in an array; and the fast reader's verdicts are the decoder's.
func fuzzEventJSON(_ bytes: [UInt8]) {
    let line = judge(EventDraft(line: bytes))
    precondition(judge(EventParser().draft(ofLine: bytes)) == line, "two verdicts on a line")
    // try?: then it is no array
    let drafts = try? JSONDecoder().decode([EventDraft].self, from: Data(bytes))
    let verdicts = drafts.map { $0.map(judge) }
    // try?: any number is taken
    guard let parsed = try? EventParser().drafts(ofUpload: bytes)?.map(judge) else { return }
    if let verdicts {
        precondition(parsed == verdicts, "two verdicts on an array")
    } else {
        precondition(bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{"))
    }
}

/// Times from 1990 to the day after this one are taken.
private let now = Timestamp(milliseconds: 1_800_000_000_000)

/// Of an event that breaks several rules the decoder names any: the order in which it reads an
/// object's members differs from time to time.
private enum Verdict: Equatable {
    case event(Event)
    case violation(RuleViolation.Code)
}

private func judge(_ draft: EventDraft) -> Verdict {
    do throws(RuleViolation) {
        let event = try draft.event(EventRules(now: now))
        check(event)
        return .event(event)
    } catch {
        precondition(!error.reason.isEmpty, "a violation without a reason")
        return .violation(error.code)
    }
}

private func check(_ event: Event) {
    for text in [event.type, event.user.rawValue, event.item.rawValue]
        + [event.id, event.session, event.recommendation].compactMap({ $0 })
    {
        precondition(IdentifierRule.accepts(text), "an id that breaks the rule")
    }
    precondition(event.value?.isFinite ?? true, "a value that isn't finite")
    if let time = event.time {
        precondition(time.milliseconds >= 631_152_000_000, "a time before 1990")
        precondition(time <= now + .seconds(86400), "a time too far ahead")
        precondition(
            Timestamp(rfc3339: time.rfc3339) == time, "a time that changes when written")
    }
    if let properties = event.properties { checkThatTextStays(properties) }
}

/// Equal objects are equal texts, or a repeated event would be a conflict.
private func checkThatTextStays(_ properties: String) {
    do {
        let again = try JSONValue.text(of: try JSONValue.object(from: properties))
        precondition(again == properties, "properties that change when they are read")
    } catch {
        preconditionFailure("properties that can't be read again: \(error)")
    }
}
