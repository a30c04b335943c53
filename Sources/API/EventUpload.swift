import Events
import Foundation
import Support

/// The three forms of a JSON body: one event, an array of them, or an object around an array.
struct EventUpload: Decodable {
    let drafts: [EventDraft]

    private enum Key: String, CodingKey {
        case events
    }

    init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: Key.self) {  // try?: then it is no object
            drafts =
                fields.contains(.events)
                ? try fields.decode([EventDraft].self, forKey: .events)
                : [EventDraft(from: decoder)]
        } else {
            drafts = try [EventDraft](from: decoder)
        }
    }
}

/// Why one element of an upload isn't stored. The others are.
struct Rejection: Error, Encodable, Equatable {
    /// Its place in the upload.
    var index: Int
    /// `RuleViolation.Code`, `invalid-item` or `conflict`.
    var code: String
    /// Names the field and the rule.
    var detail: String
}
