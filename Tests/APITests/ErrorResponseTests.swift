import HTTP
import Jobs
import Store
import Testing

@testable import API

@Suite struct ErrorResponseTests {
    private func expect(_ status: Int?, for errors: any Error...) {
        for error in errors {
            let problem = ErrorResponse.problem(for: error)
            #expect(problem?.status.code == status)
            #expect((problem?.fields["Retry-After"] != nil) == (status == 503))
        }
    }

    @Test func asksToTryAgainLaterWhereTooMuchWaits() {
        expect(503, for: StoreRefusal.queueFull, StoreRefusal.readersBusy, StoreRefusal.closed)
    }

    @Test func saysThatThereIsNoRoom() {
        expect(
            507, for: StoreRefusal.tooManyItems, StoreRefusal.tooManyEventTypes,
            StoreError(code: .sqlite(13), operation: "append", context: ""))
    }

    @Test func saysThatThereIsNoSuchThing() {
        expect(
            404, for: StoreRefusal.unknownCheckpoint(model: "m", version: 1),
            Supervisor.Refusal.unknownJob(1),
            Deployments.Refusal.unknownVersion(model: "m", version: 1), Problem.notFound("x"))
        expect(400, for: Supervisor.Refusal.unknownModel("m"))
    }

    @Test func saysWhatStandsAgainstIt() {
        expect(
            409, for: StoreRefusal.checkpointNotUsable(model: "m", version: 1),
            StoreRefusal.noPreviousVersion(model: "m"), Supervisor.Refusal.jobHasEnded(1),
            Deployments.Refusal.nothingToRollBackTo(model: "m"),
            Deployments.Refusal.notServable(model: "m", version: 1, reason: "why"))
    }

    @Test func keepsToItselfWhatIsNobodyElsesBusiness() {
        expect(
            nil, for: StoreError(code: .sqlite(10), operation: "append", context: ""),
            CancellationError())
    }
}
