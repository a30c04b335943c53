import DiskFaultControl
import Foundation
import Support
import Testing

extension EndToEnd {
    /// The disk fails under the running service: a clear answer while it lasts, recommendations as
    /// before, and no hand needed when it ends. The library of Tests/DiskFaults stands in for the disk.
    @Suite struct FailingDiskTests {
        struct Fault: Sendable, CustomTestStringConvertible {
            var operations: DiskFaultControl.Operations
            var error: Int32
            var status: Int
            var detail: String

            var testDescription: String { "\(operations): \(detail)" }
        }

        static let faults = [
            Fault(operations: .write, error: ENOSPC, status: 507, detail: "the disk is full"),
            Fault(
                operations: .changes, error: EROFS, status: 503,
                detail: "the file system is read-only"),
            Fault(
                operations: .write, error: EIO, status: 503,
                detail: "the disk fails: Input/output error"),
            Fault(
                operations: .sync, error: EIO, status: 503,
                detail: "the disk fails: Input/output error"),
        ]

        /// A service whose files are in a folder of their own, so that only they fail.
        private struct Stage {
            let folder: TemporaryFolder
            let database: String
            let control: DiskFaultControl
            let environment: [String: String]

            init() throws {
                folder = try TemporaryFolder()
                let files = folder.path("files")
                try FileManager.default.createDirectory(
                    atPath: files, withIntermediateDirectories: false)
                database = files + "/test.sqlite"
                control = try DiskFaultControl(creating: folder.path("control"))
                environment = control.environment(folder: files).merging([
                    "LD_PRELOAD": [
                        ProcessInfo.processInfo.environment["LD_PRELOAD"],
                        try Program.beside("libDiskFaults.so"),
                    ].compactMap { $0 }.joined(separator: ":"),
                    "STARLING_LOG_LEVEL": "notice",
                ]) { $1 }
            }

            func serve() throws -> [String] {
                ["serve", "--database", database, "--listen", "127.0.0.1:0"]
            }
        }

        private static func event(_ number: Int, user: String = "ann") -> String {
            #"{"id":"e\#(number)","type":"like","user":"\#(user)","item":"i\#(number)"}"#
        }

        @Test(arguments: faults)
        func saysSoWhileItLastsAndGoesOnAfterwards(fault: Fault) throws {
            let stage = try Stage()
            let service = try RunningStarling(stage.database, settings: stage.environment)
            try service.post((0..<20).map { Self.event($0, user: $0 < 2 ? "ann" : "bob") })
            let before = try service.recommendations(for: "ann")["items"]

            try stage.control.fail(fault.operations, error: fault.error)
            try Self.expectRefusals(fault, from: service)
            #expect(try service.recommendations(for: "ann")["items"] == before)
            #expect(try service.recommendations(for: "stranger")["policy"] != nil)
            #expect(try service.events(of: "ann").count == 2)
            #expect(try service.send("GET", "/health/live").status == 200)
            let ready = try service.send("GET", "/health/ready")
            #expect(ready.status == 503)
            #expect(ready.text.contains("events can't be stored: \(fault.detail)"))
            #expect(
                try service.send("GET", "/metrics").text.contains("\nstarling_store_writable 0\n"))

            try stage.control.relent()
            let retried = try service.send("POST", "/v1/events", Self.event(100))
            #expect(try retried.json["accepted"]?.integer == 1, "\(retried.text)")
            try wait(until: "the service is ready") {
                try service.send("GET", "/health/ready").status == 200
            }
            for word in [fault.detail, "events can be stored again"] {
                try wait(until: "the log says \(word)") { try service.errors.contains(word) }
            }
            service.kill()

            let next = try RunningStarling(stage.database)
            let ids = try next.events(of: "ann").compactMap { $0["id"]?.string }
            #expect(ids == ["e100", "e1", "e0"])
            #expect(try next.json("GET", "/v1/admin/stats")["events"]?.integer == 21)
            #expect(try Program.run(["verify", "--database", stage.database]).status == 0)
        }

        /// Every kind of write, each refused with the fault's name and a time to come back.
        private static func expectRefusals(_ fault: Fault, from service: RunningStarling) throws {
            let lines = RunningStarling.ndjson
            let writes: [(String, String, String, [String: String])] = [
                ("POST", "/v1/events", event(100), [:]),
                ("POST", "/v1/events", "[\(event(100)),\(event(101))]", [:]),
                ("POST", "/v1/events", event(102), lines),
                ("PUT", "/v1/items/i1", "{}", [:]),
                ("PUT", "/v1/users/ann", #"{"attributes":{"age":1}}"#, [:]),
                ("DELETE", "/v1/users/bob", "", [:]), ("DELETE", "/v1/events/e0", "", [:]),
                ("POST", "/v1/admin/retrain", "{}", [:]), ("POST", "/v1/admin/backup", "", [:]),
            ]
            for (method, path, body, fields) in writes {
                let answer = try service.send(method, path, body, fields: fields)
                #expect(answer.status == fault.status, "\(method) \(path): \(answer.text)")
                #expect(answer.text.contains(fault.detail), "\(method) \(path): \(answer.text)")
                #expect(answer.fields["retry-after"] != nil)
                #expect(answer.fields["content-type"] == "application/problem+json")
            }
        }

        /// A disk that fails once costs the clients at that moment one repeat.
        @Test func oneFailureIsOneRefusal() throws {
            let stage = try Stage()
            let service = try RunningStarling(stage.database, settings: stage.environment)
            // What the service writes when it starts comes before.
            #expect(try service.send("POST", "/v1/events", Self.event(0)).status == 200)
            try stage.control.fail(.sync, error: EIO, repeats: false)
            let statuses = try (0..<3).map { _ in
                try service.send("POST", "/v1/events", Self.event(1)).status
            }
            #expect(statuses == [503, 200, 200])
            #expect(try service.events(of: "ann").count == 2)
        }

        @Test(arguments: [
            (DiskFaultControl.Operations.open, EROFS, "Read-only file system"),
            (.write, ENOSPC, "disk is full"), (.sync, EIO, "disk I/O error"),
        ])
        func doesNotStartOnADiskThatFails(
            operations: DiskFaultControl.Operations, error: Int32, reason: String
        ) throws {
            let stage = try Stage()
            try stage.control.fail(operations, error: error)
            let ending = try Program.run(try stage.serve(), environment: stage.environment)
            #expect(ending.status == 1)
            #expect(ending.errors.contains(reason), "\(ending.errors)")
            try stage.control.relent()
            let service = try RunningStarling(stage.database, settings: stage.environment)
            try service.post([Self.event(1)])
        }

        @Test func aSecondServiceOnTheFileIsRefused() throws {
            let stage = try Stage()
            let service = try RunningStarling(stage.database)
            try service.post([Self.event(1)])
            let second = try Program.run(try stage.serve())
            #expect(second.status == 1)
            #expect(
                second.errors.contains(
                    "\(stage.database) is locked: another starling process writes to it"))
            try service.post([Self.event(2)])
            #expect(try service.events(of: "ann").count == 2)
        }

        /// By two hours, and by years, behind the newest event.
        @Test(arguments: [7200, 86_400 * 1000])
        func aClockThatIsSetBackLosesNothing(seconds: Int) throws {
            let stage = try Stage()
            let service = try RunningStarling(stage.database, settings: stage.environment)
            try service.post((0..<5).map { Self.event($0) })
            let shown = try service.recommendations(for: "bob")["id"]?.string
            try stage.control.setClock(aheadBy: .seconds(-seconds))
            try service.post((5..<10).map { Self.event($0) })
            try service.post((0..<10).map { Self.event($0) })
            let later = try service.recommendations(for: "bob")
            #expect(later["id"]?.string != shown)
            #expect(later["watermark"] == .null)
            #expect(try service.recommendations(for: "ann")["watermark"]?.integer == 10)
            let stored = try service.events(of: "ann")
            #expect(stored.compactMap { $0["sequence"]?.integer } == (1...10).reversed())
            #expect(
                stored.compactMap { $0["id"]?.string } == (0..<10).reversed().map { "e\($0)" })
            service.kill()

            let next = try RunningStarling(stage.database, settings: stage.environment)
            try next.post([Self.event(0), Self.event(10)])
            #expect(try next.events(of: "ann").count == 11)
            #expect(try next.json("GET", "/v1/admin/stats")["lastSequence"]?.integer == 11)
            #expect(try Program.run(["verify", "--database", stage.database]).status == 0)
        }
    }
}
