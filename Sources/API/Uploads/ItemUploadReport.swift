import Foundation
import HTTP
import Store
import Support

/// The verdicts on an upload of items so far, and the answer that they make.
struct ItemUploadReport {
    private var accepted = 0
    private var rejections = Rejections()

    mutating func accept(_ count: Int) { accepted += count }

    mutating func reject(_ index: Int, detail: String) {
        rejections.add([Rejection(index: index, code: "invalid-item", detail: detail)])
    }

    func response() throws -> Response {
        let report = Report(
            accepted: accepted, rejected: rejections.listed, rejectedCount: rejections.count)
        return try rejections.response(
            with: report, code: "invalid-item", hasStored: accepted > 0)
    }

    private struct Report: Encodable {
        var accepted: Int
        var rejected: [Rejection]
        var rejectedCount: Int
    }

    private static let reportFields = Schema.object([
        "accepted": .integer, "rejected": .array(of: Rejection.schema), "rejectedCount": .integer,
    ])

    static let schema = reportFields.named("ItemUploadReport")

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

    typealias Verdict = Result<Item, Flaw>

    /// The item as it is stored: what was read of it takes many times as much memory.
    let verdict: Verdict

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
            verdict = .success(try body.item(id))
        } catch let problem as Problem {
            verdict = .failure(Flaw(detail: problem.detail ?? problem.title))
        } catch {
            let detail = (error as? DecodingError)?
                .explanation(of: "the item", insideElement: true)
            verdict = .failure(Flaw(detail: detail ?? "the item can't be read"))
        }
    }
}
