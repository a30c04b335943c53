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

    /// However it is read: good events by the fast reader, bad ones and items by the decoder.
    @Test(arguments: ["events", "items"], [true, false])
    func aJSONBodyHasItsNumberOfElements(name: String, isGood: Bool) async throws {
        let service = try await TestService()
        let good =
            name == "events"
            ? #"{"type":"view","user":"u","item":"i"}"# : #"{"id":"i"}"#
        let element = isGood ? good : "1"
        for excess in [0, 1] {
            let list = Array(repeating: element, count: UploadBounds.jsonElements + excess)
                .joined(separator: ",")
            for body in ["[\(list)]", #"{"\#(name)":[\#(list)]}"#] {
                let answer = try await service.post("/v1/\(name)", body)
                if excess > 0 {
                    #expect(answer.status == 413)
                    #expect(answer.problem == "too-many-elements")
                    #expect(answer.json["detail"]?.string?.contains("x-ndjson") == true)
                } else {
                    #expect(answer.status == (isGood ? 200 : 400))
                    let count = answer.json[isGood ? "accepted" : "rejectedCount"]
                    #expect(count?.integer == UploadBounds.jsonElements)
                }
            }
        }
    }
}
