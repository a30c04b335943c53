import Foundation
import Support
import Testing

/// The built program: what was recommended is there after a restart, is linked to what was clicked,
/// and goes with the person.
@Suite struct RecommendationLogTests {
    private let folder: TemporaryFolder
    private var database: String { folder.path("log.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func stats(_ service: RunningStarling) throws -> JSONValue? {
        try service.json("GET", "/v1/admin/stats")["recommendations"]
    }

    @Test func linksAClickToItsPlaceInAnAnswer() throws {
        let first = try RunningStarling(database)
        try first.post(
            ["a", "b", "c"].enumerated().flatMap { place, item in
                (0...place).map { #"{"type":"like","user":"u\#($0)","item":"\#(item)"}"# }
            })
        try first.post([#"{"type":"view","user":"ann","item":"c"}"#])
        let answer = try first.recommendations(for: "ann")
        #expect(answer["items"]?.array.compactMap { $0["item"]?.string } == ["c", "b", "a"])
        let id = try #require(answer["id"]?.string)
        first.terminate()
        #expect(first.waitUntilEnded() == 0)

        let second = try RunningStarling(database)
        let exported = try second.lines("/v1/users/ann/export")
            .filter { $0["kind"]?.string == "recommendation" }
        #expect(exported.compactMap { $0["id"]?.string } == [id])
        #expect(exported.first?["items"]?.array.compactMap(\.string) == ["c", "b", "a"])
        try second.post([
            #"{"type":"click","user":"ann","item":"b","recommendation":"\#(id)"}"#,
            #"{"type":"click","user":"ann","item":"b","recommendation":"r-unknown"}"#,
        ])
        let stats = try stats(second)
        #expect(stats?["positions"]?[1]?["events"]?["click"]?["count"]?.integer == 1)
        #expect(stats?["models"]?[0]?["policy"]?.string == "fallback:popular")
        #expect(stats?["unknownLinks"]?["click"]?.integer == 1)
        #expect(try second.send("DELETE", "/v1/users/ann").status == 200)
        #expect(try self.stats(second)?["log"]?["kept"]?.integer == 0)
    }

    @Test func logsNothingWhereItIsSwitchedOff() throws {
        let service = try RunningStarling(
            database, settings: ["STARLING_RECOMMENDATION_LOG_SAMPLING_RATE": "0"])
        try service.post([#"{"type":"view","user":"ann","item":"a"}"#])
        _ = try service.recommendations(for: "ann")
        let export = try service.lines("/v1/users/ann/export")
        #expect(export.map { $0["kind"]?.string } == ["user", "event", "end"])
        #expect(try stats(service)?["log"]?["samplingRate"]?.number == 0)
    }
}
