import Events
import Foundation
import Support
import TestSupport
import Testing

@testable import API

@Suite struct UploadTests {
    private let good = #"{"type":"t","user":"u","item":"i"}"#

    private func drafts(_ json: String) throws -> [EventDraft] {
        try JSONDecoder().decode(Upload<EventDraft>.self, from: Data(json.utf8)).elements
    }

    @Test func readsTheThreeFormsOfABody() throws {
        #expect(try drafts(good).count == 1)
        #expect(try drafts("[\(good),\(good)]").count == 2)
        #expect(try drafts(#"{"events":[\#(good)]}"#).count == 1)
        #expect(try drafts("[]").isEmpty)
    }

    @Test func letsABadElementCostNoOther() throws {
        let bad = [
            #"1"#, "null", #""x""#, "[]", "{}",
            #"{"type":"t","user":"u","item":"i","value":1e999}"#,
        ]
        let drafts = try drafts("[" + ([good] + bad + [good]).joined(separator: ",") + "]")
        let rules = EventRules(now: TemporaryStore.start)
        let verdicts = drafts.map { draft in
            do throws(RuleViolation) {
                _ = try draft.event(rules)
                return true
            } catch {
                return false
            }
        }
        #expect(verdicts == [true] + bad.map { _ in false } + [true])
    }

    @Test(arguments: ["", "{", "1", "null", #""x""#, #"{"events":{}}"#, #"{"events":null}"#])
    func refusesABodyThatIsNoUpload(json: String) {
        #expect(throws: (any Error).self) { try drafts(json) }
    }
}
