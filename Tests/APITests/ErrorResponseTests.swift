import Foundation
import HTTP
import Jobs
import Store
import TestSupport
import Testing

@testable import API

@Suite struct ErrorResponseTests {
    private func expect(_ status: Int?, passing: Bool = false, for errors: any Error...) {
        for error in errors {
            let problem = ErrorResponse.problem(for: error)
            #expect(problem?.status.code == status)
            #expect((problem?.fields["Retry-After"] != nil) == passing)
        }
    }

    private func failure(_ code: StoreError.Code, _ systemError: Int32? = nil) -> StoreError {
        StoreError(
            code: code, operation: "write", context: "disk I/O error", systemError: systemError)
    }

    @Test func asksToTryAgainLaterWhereTooMuchWaits() {
        expect(
            503, passing: true, for: StoreRefusal.queueFull, StoreRefusal.readersBusy,
            StoreRefusal.closed)
    }

    @Test func anUnforeseenFailureIsLoggedWithTheRequestThatMetIt() throws {
        var request = try Request(method: .put, target: "/v1/users/ann", id: "r-7")
        request.route = "/v1/users/{user}"
        let log = RecordedLog()
        let foreseen = ErrorResponse.response(
            to: request, after: StoreRefusal.queueFull, log.logger)
        #expect(foreseen.status == .serviceUnavailable)
        #expect(log.metadata.isEmpty)
        let failed = ErrorResponse.response(to: request, after: CancellationError(), log.logger)
        #expect(failed.status == .internalServerError)
        let entry = try #require(log.metadata.first)
        #expect(entry["request"] == "r-7")
        #expect(entry["method"] == "PUT")
        #expect(entry["route"] == "/v1/users/{user}")
        #expect(!"\(log.metadata)".contains("ann"))
    }

    @Test func saysThatADryRunIsTooLong() {
        let refusal = StoreRefusal.longDryRun(maximumIDs: 7)
        expect(413, for: refusal)
        #expect(ErrorResponse.problem(for: refusal)?.detail?.contains("at most 7 ids") == true)
    }

    @Test func saysThatThereIsNoRoom() {
        expect(507, for: StoreRefusal.tooManyItems)
        expect(
            507, passing: true, for: failure(.sqlite(13)), failure(.sqlite(778), EDQUOT),
            failure(.system(ENOSPC)))
    }

    @Test(arguments: [
        (StoreError.Code.sqlite(778), EIO, "the disk fails: Input/output error"),
        (.sqlite(778), EROFS, "the file system is read-only"), (.sqlite(8), 0, "read-only"),
        (.sqlite(10), 0, "the disk fails: disk I/O error"), (.sqlite(5), 0, "a lock"),
        (.system(EROFS), 0, "read-only"), (.sqlite(14), EMFILE, "Too many open files"),
    ])
    func saysWhatIsWrongWithTheDisk(code: StoreError.Code, number: Int32, detail: String) {
        let error = failure(code, number == 0 ? nil : number)
        expect(503, passing: true, for: error)
        #expect(ErrorResponse.problem(for: error)?.detail?.contains(detail) == true)
    }

    @Test func aDamagedDatabaseIsNotToBeTriedAgain() {
        expect(500, for: failure(.sqlite(11)), failure(.damagedRow))
        #expect(
            ErrorResponse.problem(for: failure(.sqlite(26)))?.type == "/problems/damaged-database")
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
            nil, for: failure(.sqlite(1)), failure(.unsafeSettings), CancellationError())
    }
}
