import Foundation
import Support
import Testing

extension EndToEnd {
    /// What the contract refuses is refused in its words, and costs nothing else.
    @Suite struct BadInputTests {
        /// A request that is refused, and how.
        private struct Refused {
            var method = "POST"
            var path = "/v1/events"
            var body = ""
            var fields: [String: String] = [:]
            var status = 400
            /// What the problem's `detail` names.
            var names = ""
        }

        private static let recommendations = "/v1/users/u/recommendations"
        private static let event = #""type":"view","user":"u","item":"i""#
        private static let longID = String(repeating: "x", count: 257)

        private static let bodies = [
            Refused(body: "{", names: "JSON"),
            Refused(body: "", names: "JSON"),
            Refused(body: "null"),
            Refused(body: "7"),
            Refused(body: "\"text\""),
            Refused(body: "{}", names: "missing"),
            Refused(body: #"{"events":{}}"#, names: "events"),
            Refused(body: #"{"type":"view","user":"u"}"#, names: "item"),
            Refused(body: #"{"type":"view","user":7,"item":"i"}"#, names: "user must be a string"),
            Refused(body: #"{"type":"view","user":null,"item":"i"}"#, names: "user"),
            Refused(body: #"{"type":"","user":"u","item":"i"}"#, names: "type"),
            Refused(body: #"{"type":"view","user":"","item":"i"}"#, names: "user"),
            Refused(body: #"{"type":"view","user":"\#(longID)","item":"i"}"#, names: "user"),
            Refused(body: #"{"type":"view","user":"u","item":"\#(longID)"}"#, names: "item"),
            Refused(body: #"{"type":"view","user":"u","item":"a\nb"}"#, names: "item"),
            Refused(body: #"{"id":"\#(longID)",\#(event)}"#, names: "id"),
            Refused(body: #"{\#(event),"value":NaN}"#),
            Refused(body: #"{\#(event),"value":1e999}"#),
            Refused(body: #"{\#(event),"value":"1"}"#, names: "value must be a number"),
            Refused(body: #"{\#(event),"time":1700000000}"#, names: "time"),
            Refused(body: #"{\#(event),"time":4102444800000}"#, names: "time"),
            Refused(body: #"{\#(event),"time":"yesterday"}"#, names: "time"),
            Refused(body: #"{\#(event),"time":1.5}"#, names: "time"),
            Refused(body: #"{\#(event),"properties":[]}"#, names: "properties"),
            Refused(body: "{\(event)}\u{FF}\u{FE}"),
            Refused(body: "{\(event)", fields: RunningStarling.ndjson),
            Refused(
                body: "{\(event)}", fields: ["Content-Type": "text/plain"], status: 415,
                names: "Content-Type"),
            Refused(body: String(repeating: " ", count: 70_000), status: 413),
            Refused(path: "/v1/items", body: String(repeating: " ", count: 70_000), status: 413),
            Refused(path: "/v1/items", body: "[{}]", names: "id"),
            Refused(method: "PUT", path: "/v1/items/i", body: #"{"id":"j"}"#, names: "id"),
            Refused(
                method: "PUT", path: "/v1/items/i", body: #"{"available":1}"#, names: "available"),
            Refused(
                method: "PUT", path: "/v1/items/i", body: #"{"embedding":[1e99]}"#),
            Refused(
                method: "PUT", path: "/v1/users/u", body: #"{"attributes":1}"#,
                names: "attributes"),
            Refused(path: "/v1/admin/retrain", body: #"{"models":["nobody"]}"#, names: "nobody"),
            Refused(path: "/v1/admin/retrain", body: #"{"models":[]}"#, names: "models"),
            Refused(path: "/v1/admin/retrain", body: #"{"mode":"quick"}"#, names: "mode"),
            Refused(path: "/v1/admin/models/vae/activate", body: #"{"version":1}"#, status: 404),
            Refused(path: "/v1/admin/models/vae/activate", body: #"{"version":-1}"#, status: 404),
            Refused(path: "/v1/admin/models/vae/rollback", status: 409),
        ]

        private static let paths = [
            Refused(method: "GET", path: "/v1/nothing", status: 404),
            Refused(method: "GET", path: "/v1/users/", status: 400),
            Refused(method: "GET", path: "/v1/users/%ZZ", status: 400),
            Refused(method: "GET", path: "/v1/users/\(longID)", names: "user"),
            Refused(method: "GET", path: "/v1/users/nobody", status: 404),
            Refused(method: "GET", path: "/v1/users/nobody/events", status: 404),
            Refused(method: "GET", path: "/v1/items/none", status: 404),
            Refused(method: "GET", path: "/v1/items/none/similar", status: 404),
            Refused(method: "DELETE", path: "/v1/events/none", status: 404),
            Refused(method: "GET", path: "/v1/admin/jobs/1", status: 404),
            Refused(method: "GET", path: "/v1/admin/jobs/one", status: 404),
            Refused(method: "GET", path: "/v1/admin/models/none/versions", status: 404),
            Refused(method: "GET", path: "/v1/admin/models/vae/versions/9/weights", status: 404),
            Refused(method: "GET", path: "/v1/events", status: 405),
            Refused(method: "BREW", path: "/v1/events", status: 501),
            Refused(path: "/v1/events?color=red", body: "{\(event)}", names: "color"),
            Refused(path: "/v1/events?dryRun=perhaps", body: "{\(event)}", names: "dryRun"),
            Refused(method: "GET", path: "/v1/items?limit=0", names: "limit"),
            Refused(method: "GET", path: "/v1/items?limit=1001", names: "limit"),
            Refused(method: "GET", path: "/v1/items?after=none", names: "after"),
            Refused(method: "GET", path: "\(recommendations)?k=0", names: "k"),
            Refused(method: "GET", path: "\(recommendations)?k=501", names: "k"),
            Refused(method: "GET", path: "\(recommendations)?k=ten", names: "k"),
            Refused(method: "GET", path: "\(recommendations)?k=1&k=2", names: "k"),
            Refused(method: "GET", path: "\(recommendations)?model=none", names: "model"),
            Refused(method: "GET", path: "\(recommendations)?exclude=a,,b", names: "exclude"),
            Refused(method: "GET", path: "\(recommendations)?explain=true", names: "explain"),
            Refused(method: "GET", path: "\(recommendations)?diversity=0.2", names: "diversity"),
            Refused(method: "GET", path: "\(recommendations)?filter=x", names: "filter"),
            Refused(path: "/v1/recommendations", body: "{}", names: "user or history"),
            Refused(path: "/v1/recommendations", body: #"{"user":"u","k":0}"#, names: "k"),
            Refused(path: "/v1/recommendations", body: #"{"user":"u","k":501}"#, names: "k"),
            Refused(path: "/v1/recommendations", body: #"{"user":"u","k":"5"}"#, names: "k"),
            Refused(path: "/v1/recommendations", body: #"{"history":[{}]}"#, names: "history"),
            Refused(
                path: "/v1/recommendations", body: #"{"user":"u","filter":{}}"#, names: "filter"),
            Refused(
                path: "/v1/recommendations", body: #"{"user":"u","explain":true}"#, names: "explain"
            ),
            Refused(
                path: "/v1/recommendations", body: #"{"user":"u","diversity":1}"#,
                names: "diversity"),
        ]

        @Test(.timeLimit(.minutes(5)))
        func eachBadRequestIsRefusedByNameAndStoresNothing() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_HTTP_MAXIMUM_BODY_BYTES": "65536"])
                for request in Self.bodies + Self.paths {
                    try Self.check(request, on: service)
                }
                let stats = try service.json("GET", "/v1/admin/stats")
                #expect(stats["events"]?.integer == 0)
                #expect(stats["users"]?.integer == 0)
                #expect(stats["items"]?.integer == 0)
                #expect(try service.send("GET", "/health/ready").status == 200)
            }
        }

        private static func check(_ request: Refused, on service: RunningStarling) throws {
            let answer = try service.send(
                request.method, request.path, request.body, fields: request.fields)
            let what: Comment =
                "\(request.method) \(request.path) \(request.body.prefix(80)): \(answer.text)"
            #expect(answer.status == request.status, what)
            #expect(answer.fields["content-type"] == "application/problem+json", what)
            #expect(answer.fields["x-request-id"]?.isEmpty == false, what)
            #expect((answer.fields["allow"] != nil) == (request.status == 405), what)
            let problem = try answer.json
            #expect(problem["status"]?.integer == request.status, what)
            #expect(problem["type"]?.string?.hasPrefix("/problems/") == true, what)
            #expect(problem["title"]?.string?.isEmpty == false, what)
            #expect(
                request.names.isEmpty || problem["detail"]?.string?.contains(request.names) == true,
                what)
        }

        @Test(.timeLimit(.minutes(5)))
        func oneBadEventAmongAHundredCostsItself() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                var events = (0..<100).map {
                    #"{"id":"e\#($0)","type":"view","user":"u","item":"i\#($0)"}"#
                }
                events[41] = #"{"id":"e41","type":"view","user":"u","item":"i","time":1}"#
                let forms = [
                    ("[\(events.joined(separator: ","))]", [:]),
                    (events.joined(separator: "\n"), RunningStarling.ndjson),
                ]
                for (turn, (body, fields)) in forms.enumerated() {
                    let answer = try service.send("POST", "/v1/events", body, fields: fields)
                    #expect(answer.status == 207)
                    let report = try answer.json
                    #expect(report["accepted"]?.integer == (turn == 0 ? 99 : 0))
                    #expect(report["duplicates"]?.integer == (turn == 0 ? 0 : 99))
                    #expect(report["rejectedCount"]?.integer == 1)
                    #expect(report["rejected"]?[0]?["index"]?.integer == 41)
                    #expect(report["rejected"]?[0]?["code"]?.string == "invalid-time")
                }
                let stored = try service.events(of: "u").compactMap { $0["id"]?.string }
                #expect(Set(stored) == Set((0..<100).map { "e\($0)" }).subtracting(["e41"]))
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func aConflictIsRejectedAndADryRunStoresNothing() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                let event = #"{"id":"e","type":"view","user":"u","item":"i"}"#
                let dry = try service.json("POST", "/v1/events?dryRun=true", event)
                #expect(dry["accepted"]?.integer == 1)
                #expect(try service.json("GET", "/v1/admin/stats")["events"]?.integer == 0)
                #expect(try service.events(of: "u").isEmpty)

                #expect(try service.json("POST", "/v1/events", event)["accepted"]?.integer == 1)
                let other = event.replacing("view", with: "like")
                for query in ["", "?dryRun=true"] {
                    let answer = try service.send("POST", "/v1/events\(query)", other)
                    #expect(answer.status == 400)
                    #expect(try answer.json["rejected"]?[0]?["code"]?.string == "conflict")
                    let both = try service.send("POST", "/v1/events\(query)", "[\(event),\(other)]")
                    #expect(both.status == 207)
                    #expect(try both.json["duplicates"]?.integer == 1)
                }
                let stored = try service.events(of: "u")
                #expect(stored.map { $0["type"]?.string } == ["view"])
            }
        }

        /// The problem is the same list of verdicts that a partly good upload gets.
        @Test(.timeLimit(.minutes(5)))
        func whereEveryEventIsRejectedTheProblemCarriesTheVerdicts() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                let bad = #"{"type":"view","user":"u"}"#
                let body = "[" + Array(repeating: bad, count: 1005).joined(separator: ",") + "]"
                let answer = try service.send("POST", "/v1/events", body)
                #expect(answer.status == 400)
                #expect(answer.fields["content-type"] == "application/problem+json")
                let problem = try answer.json
                #expect(problem["type"]?.string == "/problems/invalid-event")
                #expect(problem["rejectedCount"]?.integer == 1005)
                #expect(problem["rejected"]?.array.count == 1000)
                #expect(problem["rejected"]?[7]?["index"]?.integer == 7)
                #expect(problem["accepted"]?.integer == 0)
            }
        }

        /// Chunks of 10,000 events: two whole ones stay, the third that was begun doesn't.
        @Test(.timeLimit(.minutes(5)))
        func anUploadThatBreaksOffKeepsItsCompleteChunks() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                let lines = (0..<25_000).map {
                    #"{"id":"e\#($0)","type":"view","user":"u","item":"i\#($0 % 50)"}"#
                }
                try Self.breakOff(lines, on: service)
                try wait(until: "two chunks are stored") {
                    try service.json("GET", "/v1/admin/stats")["events"]?.integer ?? 0 >= 20_000
                }
                let again = try service.send(
                    "POST", "/v1/events", lines.joined(separator: "\n"),
                    fields: RunningStarling.ndjson
                ).json
                #expect(again["duplicates"]?.integer == 20_000)
                #expect(again["accepted"]?.integer == 5_000)
                let stats = try service.json("GET", "/v1/admin/stats")
                #expect(stats["events"]?.integer == 25_000)
            }
        }

        /// Sends the lines as one chunk of a body that never ends, and hangs up.
        private static func breakOff(_ lines: [String], on service: RunningStarling) throws {
            let connection = try HTTPConnection(port: service.port)
            let body = lines.joined(separator: "\n")
            try connection.write(
                "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
            try connection.write("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n")
        }

        /// A model's wrong setting stops the start by its name.
        @Test(
            .timeLimit(.minutes(2)),
            arguments: [
                ("STARLING_MODELS_VAE_DROPOUT_PROBABILITY", "models.vae", "dropoutProbability"),
                ("STARLING_MODELS_BLEND_VAE", "models.blend", "vae"),
            ])
        func aModelsWrongSettingStopsTheStart(
            variable: String, model: String, setting: String
        ) async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let ending = try Program.run(
                    ["serve", "--database", folder.database], environment: [variable: "-5"])
                #expect(ending.status == 64, "\(ending)")
                #expect(ending.errors.contains(model) && ending.errors.contains(setting))
            }
        }
    }
}
