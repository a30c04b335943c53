import Events
import HTTP
import Store

/// Events on their way from a request into the log.
struct EventUpload: UploadKind {
    /// A JSON body is stored in one transaction.
    static let chunkCount = UploadBounds.jsonElements

    private let service: APIService
    private let isDryRun: Bool
    private let parser = EventParser()
    private var report = EventUploadReport()

    init(to service: APIService, isDryRun: Bool) {
        self.service = service
        self.isDryRun = isDryRun
    }

    func judge(json body: [UInt8]) throws -> [Result<Event, RuleViolation>] {
        let drafts: [EventDraft]
        do {
            drafts =
                try parser.drafts(ofUpload: body, atMost: UploadBounds.jsonElements)
                ?? JSONCoding.decode(Upload<EventDraft>.self, from: body).elements
        } catch is EventParser.TooMany {
            throw Problem.tooManyElements
        }
        let rules = EventRules(now: service.clock.now())
        return drafts.map { $0.judged(rules) }
    }

    func judge(line: [UInt8]) -> Result<Event, RuleViolation> {
        parser.draft(ofLine: line).judged(EventRules(now: service.clock.now()))
    }

    mutating func store(
        _ chunk: ArraySlice<Result<Event, RuleViolation>>, from start: Int
    ) async throws {
        var events: [Event] = []
        var indices: [Int] = []
        var invalid: [Rejection] = []
        for (index, judged) in zip(start..., chunk) {
            switch judged {
            case .success(let event):
                events.append(event)
                indices.append(index)
            case .failure(let violation):
                invalid.append(Rejection(violation, index: index))
            }
        }
        // Also without any event: the answer names the log's end.
        let outcome = try await service.store.append(events, dryRun: isDryRun)
        report.add(outcome, indices: indices, invalid: invalid)
        if !isDryRun { service.metrics.note(outcome.verdicts, invalid: invalid.count) }
    }

    func response() throws -> Response { try report.response() }
}

extension EventDraft {
    /// Without what only the judgement needs: an upload keeps thousands.
    fileprivate func judged(_ rules: EventRules) -> Result<Event, RuleViolation> {
        Result { () throws(RuleViolation) in try event(rules) }
    }
}
