import Events
import HTTP
import Store
import Support

/// The verdicts on an upload so far, and the answer that they make.
struct EventUploadReport: Described {
    private(set) var accepted = 0
    private(set) var duplicates = 0
    private var rejections = Rejections()
    private var lastSequence: EventSequence = .zero

    init() {}

    /// Takes over the verdicts on a chunk of the upload.
    ///
    /// - Parameters:
    ///   - indices: The place in the upload of each judged event.
    ///   - invalid: The events that didn't come that far.
    mutating func add(_ outcome: AppendOutcome, indices: [Int], invalid: [Rejection]) {
        lastSequence = max(lastSequence, outcome.lastSequence)
        var refused = invalid
        for (verdict, index) in zip(outcome.verdicts, indices) {
            switch verdict {
            case .accepted: accepted += 1
            case .duplicate: duplicates += 1
            case .conflict:
                refused.append(
                    Rejection(
                        index: index, code: "conflict", detail: EventVerdict.conflictReason))
            case .invalid(let violation): refused.append(Rejection(violation, index: index))
            }
        }
        rejections.add(refused.sorted { $0.index < $1.index })
    }

    func response() throws -> Response {
        let body = Body(
            accepted: accepted, duplicates: duplicates, rejected: rejections.listed,
            rejectedCount: rejections.count, lastSequence: lastSequence.rawValue)
        return try rejections.response(
            with: body, code: "invalid-event", hasStored: accepted + duplicates > 0)
    }

    private struct Body: Encodable {
        var accepted: Int
        var duplicates: Int
        var rejected: [Rejection]
        var rejectedCount: Int
        var lastSequence: Int64
    }

    private static let fields = Schema.object([
        "accepted": .integer, "duplicates": .integer, "rejected": .array(of: Rejection.schema),
        "rejectedCount": .integer, "lastSequence": .sequence,
    ])

    static let schema = fields.named("EventUploadReport")

    /// Where every event was rejected.
    static let problemSchema = OpenAPIDocument.problemFields.extended(by: fields)
        .named("EventUploadProblem")
}
