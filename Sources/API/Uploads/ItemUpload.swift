import HTTP
import Store

/// Items on their way from a request into the catalogue.
struct ItemUpload: UploadKind {
    /// Events wait for no more than these.
    static let chunkCount = 250

    private let service: APIService
    private var report = ItemUploadReport()

    init(to service: APIService) {
        self.service = service
    }

    func judge(json body: [UInt8]) throws -> [ItemDraft.Verdict] {
        try JSONCoding.decode(Upload<ItemDraft>.self, from: body).elements.map(\.verdict)
    }

    func judge(line: [UInt8]) -> ItemDraft.Verdict { ItemDraft(line: line).verdict }

    mutating func store(_ chunk: ArraySlice<ItemDraft.Verdict>, from start: Int) async throws {
        var items: [Item] = []
        for (index, verdict) in zip(start..., chunk) {
            switch verdict {
            case .success(let item): items.append(item)
            case .failure(let flaw): report.reject(index, detail: flaw.detail)
            }
        }
        guard !items.isEmpty else { return }
        _ = try await service.store.putItems(items)
        report.accept(items.count)
    }

    func response() throws -> Response { try report.response() }
}
