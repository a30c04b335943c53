import Events
import HTTP
import Store
import Support

/// The verdicts on an upload so far, and the answer that they make.
struct EventUploadReport: Described {
    private(set) var accepted = 0
    private(set) var duplicates = 0
    private(set) var rejected: [Rejection] = []
    private(set) var rejectedCount = 0
    private var lastSequence: EventSequence = .zero

    init() {}

    mutating func reject(_ index: Int, code: String, detail: String) {
        rejectedCount += 1
        guard rejected.count < Rejection.maximumListed else { return }
        rejected.append(Rejection(index: index, code: code, detail: detail))
    }

    /// - Parameter indices: The place in the upload of each judged event.
    mutating func add(_ outcome: AppendOutcome, indices: [Int]) {
        lastSequence = max(lastSequence, outcome.lastSequence)
        for (verdict, index) in zip(outcome.verdicts, indices) {
            switch verdict {
            case .accepted: accepted += 1
            case .duplicate: duplicates += 1
            case .conflict:
                let detail = "id was used before for an event with other fields"
                reject(index, code: "conflict", detail: detail)
            }
        }
    }

    func response() throws -> Response {
        let body = Body(
            accepted: accepted, duplicates: duplicates,
            rejected: rejected.sorted { $0.index < $1.index }, rejectedCount: rejectedCount,
            lastSequence: lastSequence.rawValue)
        if rejectedCount == 0 { return try Response(encoding: body) }
        if accepted + duplicates > 0 {
            return try Response(status: .multiStatus, encoding: body)
        }
        return try ErrorResponse.problem(
            Problem.badRequest(
                "invalid-event", rejected.first?.detail ?? "every event is rejected"),
            extendedBy: body)
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
