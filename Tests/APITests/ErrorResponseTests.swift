import HTTP
import Jobs
import Store
import Testing

@testable import API

@Suite struct ErrorResponseTests {
    @Test(
        arguments: [
            (StoreRefusal.queueFull, 503), (StoreRefusal.readersBusy, 503),
            (StoreRefusal.closed, 503),
            (StoreRefusal.tooManyItems, 507), (StoreRefusal.tooManyEventTypes, 507),
            (StoreRefusal.unknownCheckpoint(model: "m", version: 1), 404),
            (StoreRefusal.checkpointNotUsable(model: "m", version: 1), 409),
            (StoreRefusal.noPreviousVersion(model: "m"), 409),
            (StoreError(code: .sqlite(13), operation: "append", context: ""), 507),
            (StoreError(code: .sqlite(10), operation: "append", context: ""), nil),
            (Supervisor.Refusal.unknownModel("m"), 400), (Supervisor.Refusal.unknownJob(1), 404),
            (Supervisor.Refusal.jobHasEnded(1), 409),
            (Deployments.Refusal.unknownVersion(model: "m", version: 1), 404),
            (Deployments.Refusal.nothingToRollBackTo(model: "m"), 409),
            (Deployments.Refusal.notServable(model: "m", version: 1, reason: "why"), 409),
            (Problem.notFound("x"), 404), (CancellationError(), nil),
        ] as [(any Error, Int?)])
    func choosesTheStatus(error: any Error, status: Int?) {
        let problem = ErrorResponse.problem(for: error)
        #expect(problem?.status.code == status)
        #expect((problem?.fields["Retry-After"] != nil) == (status == 503))
    }
}
