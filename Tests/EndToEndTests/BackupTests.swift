import Foundation
import Support
import Testing

/// The built program: a copy made while it serves answers the same when it is put back.
@Suite struct BackupTests {
    @Test func aRestoredFileServesTheSameAnswers() throws {
        let folder = try TemporaryFolder()
        let log = TasteLog(users: 40, seed: 1)
        let first = try RunningStarling(folder.path("log.sqlite"))
        try first.post(log.lines)
        let job = try first.waitForEnd(ofJob: try first.retrain(force: true))
        #expect(job["state"]?.string == "succeeded", "\(job)")
        let backup = try first.json("POST", "/v1/admin/backup")
        let copy = try #require(backup["file"]?.string)
        let users = ["user-0", "user-7", "nobody"]
        let before = try users.map { try first.recommendations(for: $0)["items"] }
        first.terminate()
        #expect(first.waitUntilEnded() == 0)

        let database = folder.path("restored.sqlite")
        let restored = try Program.run(["restore", copy, "--database", database])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try Program.run(["verify", "--database", database]).status == 0)
        let second = try RunningStarling(database)
        let after = try users.map { try second.recommendations(for: $0) }
        #expect(after.map { $0["items"] } == before)
        #expect(after[0]["policy"]?.string == "model")

        let byHand = folder.path("by-hand.sqlite")
        #expect(try Program.run(["backup", byHand, "--database", database]).status == 0)
        #expect(try Program.run(["verify", "--database", byHand]).status == 0)
        let refused = try Program.run(["restore", byHand, "--database", copy])
        #expect(refused.status == 64)
        #expect(refused.errors.contains("add --replace"))
    }
}
