import Foundation
import HTTP
import Support

/// Many items at once, each judged by itself: one item, an array, `{"items":[…]}` or NDJSON.
struct ItemUpload {
    private(set) var accepted: [(id: ItemID, body: ItemBody)] = []
    private var rejected: [Rejection] = []

    init(_ request: Request) throws {
        for (index, draft) in try Self.drafts(request).enumerated() {
            switch draft.verdict {
            case .success(let item): accepted.append(item)
            case .failure(let flaw):
                rejected.append(
                    Rejection(index: index, code: "invalid-item", detail: flaw.detail))
            }
        }
    }

    private static func drafts(_ request: Request) throws -> [ItemDraft] {
        let bytes = request.collectedBody
        switch try ContentType(request) {
        case .json: return try JSONCoding.decode(Upload<ItemDraft>.self, from: bytes).elements
        case .ndjson:
            let lines = bytes.split(separator: UInt8(ascii: "\n"))
            return lines.filter { !LineReader.isBlank($0) }.map(ItemDraft.init(line:))
        }
    }

    func response() throws -> Response {
        let report = Report(
            accepted: accepted.count,
            rejected: Array(rejected.prefix(Rejection.maximumListed)),
            rejectedCount: rejected.count)
        if rejected.isEmpty { return try Response(encoding: report) }
        if !accepted.isEmpty { return try Response(status: .multiStatus, encoding: report) }
        return try ErrorResponse.problem(
            Problem.badRequest(
                "invalid-item", rejected.first?.detail ?? "every item is rejected"),
            extendedBy: report)
    }

    private struct Report: Encodable {
        var accepted: Int
        var rejected: [Rejection]
        var rejectedCount: Int
    }

    private static let reportFields = Schema.object([
        "accepted": .integer, "rejected": .array(of: Rejection.schema), "rejectedCount": .integer,
    ])

    static let reportSchema = reportFields.named("ItemUploadReport")

    /// Where every item was rejected.
    static let problemSchema = OpenAPIDocument.problemFields.extended(by: reportFields)
        .named("ItemUploadProblem")
}

/// One item of an upload, with the verdict on it.
struct ItemDraft: UploadElement {
    static let listKey = "items"
    static let schema = ItemBody.fields(id: .id).named("NewItem")

    struct Flaw: Error {
        var detail: String
    }

    let verdict: Result<(id: ItemID, body: ItemBody), Flaw>

    init(line: some Sequence<UInt8>) {
        do {
            self = try JSONDecoder().decode(ItemDraft.self, from: Data(line))
        } catch {
            verdict = .failure(Flaw(detail: "the line is not valid JSON"))
        }
    }

    init(from decoder: any Decoder) {
        do {
            let body = try ItemBody(from: decoder)
            guard let id = body.id else {
                verdict = .failure(Flaw(detail: "id is missing"))
                return
            }
            verdict = .success((id, body))
        } catch let problem as Problem {
            verdict = .failure(Flaw(detail: problem.detail ?? problem.title))
        } catch {
            let detail = (error as? DecodingError)?
                .explanation(of: "the item", insideElement: true)
            verdict = .failure(Flaw(detail: detail ?? "the item can't be read"))
        }
    }
}
