import Events
import HTTP
import Store

/// Events on their way from a request into the log.
struct EventUpload: UploadKind {
    /// A JSON body is stored in one transaction.
    static let chunkCount = UploadBounds.jsonElements

    private let service: APIService
    /// Nil where the events are stored.
    private var dryRun: DryRun?
    private let reservation: BodyReservation?
    private let parser = EventParser()
    private var report = EventUploadReport()

    /// - Parameter reservation: Where the memory of a dry run counts.
    init(to service: APIService, dryRun: DryRun?, within reservation: BodyReservation?) {
        self.service = service
        self.dryRun = dryRun
        self.reservation = reservation
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
        let rules = self.rules
        return drafts.map { $0.judged(rules) }
    }

    func judge(line: [UInt8]) -> Result<Event, RuleViolation> {
        parser.draft(ofLine: line).judged(rules)
    }

    private var rules: EventRules {
        EventRules(now: service.clock.now(), leavesRepeats: true)
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
        if let outcome = try await rehearse(events) {
            return report.add(outcome, indices: indices, invalid: invalid)
        }
        let outcome = try await service.store.append(events)
        report.add(outcome, indices: indices, invalid: invalid)
        service.metrics.note(outcome.verdicts, invalid: invalid.count)
    }

    /// Nil where this is no dry run.
    private mutating func rehearse(_ events: [Event]) async throws -> AppendOutcome? {
        guard var dryRun else { return nil }
        let before = dryRun.byteCount
        let outcome = try await dryRun.judge(events, by: service.store)
        try reservation?.grow(by: dryRun.byteCount - before)
        self.dryRun = dryRun
        return outcome
    }

    func response() throws -> Response { try report.response() }
}

extension EventDraft {
    /// Without what only the judgement needs: an upload keeps thousands.
    fileprivate func judged(_ rules: EventRules) -> Result<Event, RuleViolation> {
        Result { () throws(RuleViolation) in try event(rules) }
    }
}
