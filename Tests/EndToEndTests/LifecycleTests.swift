import Foundation
import Support
import Testing

extension EndToEnd {
    /// Starting, stopping and who may call.
    @Suite struct LifecycleTests {
        private static let wrongUsage: Int32 = 64

        /// An upload is half way when the service is asked to end.
        @Test(.timeLimit(.minutes(5)))
        func sigtermAnswersWhatIsInFlightAndLeavesOneFile() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_HTTP_STOP_SECONDS": "120"])
                let lines = (0..<500).map {
                    #"{"id":"e\#($0)","type":"view","user":"u","item":"i\#($0)"}"# + "\n"
                }
                let (first, second) = (lines[..<250].joined(), lines[250...].joined())
                let connection = try HTTPConnection(port: service.port)
                try connection.write(
                    "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                        + "application/x-ndjson\r\nContent-Length: "
                        + "\(first.utf8.count + second.utf8.count)\r\n\r\n" + first)
                try Self.waitUntilReading(service)
                service.terminate()
                try wait(until: "nobody listens any more") {
                    do {
                        _ = try HTTPConnection(port: service.port)
                        return false
                    } catch is HTTPConnection.BrokenOff {
                        return true
                    }
                }
                try connection.write(second)
                let answer = try connection.readAnswer()
                #expect(answer.status == 200)
                #expect(try answer.json["accepted"]?.integer == 500)
                #expect(service.waitUntilEnded() == 0)
                #expect(try folder.fileNames == ["test.sqlite"])

                let next = try RunningStarling(folder.database)
                #expect(try next.events(of: "u").count == 500)
            }
        }

        /// Requests of one loop are read in turn: once later ones on as many connections as there
        /// are loops are answered, the earlier one is being worked on.
        private static func waitUntilReading(_ service: RunningStarling) throws {
            for _ in 0..<64 { _ = try service.send("GET", "/health/live") }
        }

        @Test(.timeLimit(.minutes(5)))
        func aSecondServiceOnTheSameDatabaseIsRefused() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                try service.post([#"{"type":"view","user":"u","item":"i"}"#])
                let second = try Program.run(
                    ["serve", "--database", folder.database, "--listen", "127.0.0.1:0"])
                #expect(second.status == 1)
                #expect(second.errors.contains("another starling process"), "\(second)")
                #expect(second.output.isEmpty)
                #expect(try service.events(of: "u").count == 1)
                service.kill()
                _ = try RunningStarling(folder.database)  // the lock is gone with its process
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func wrongConfigurationStopsTheStartWithTheKeysName() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                for (file, name) in [
                    (#"{"serving":{"colour":"red"}}"#, "serving.colour"),
                    (#"{"http":{"loops":"many"}}"#, "http.loops"),
                    (#"{"http":{"loops":0}}"#, "http.loops"),
                    (#"{"retrain":{"enabled":1}}"#, "retrain.enabled"),
                    (#"{"log":{"level":"loud"}}"#, "log.level"),
                    (#"{"models":{"vae":{"epochs":true}}}"#, "models.vae.epochs"),
                    (#"{"models":{"enabled":["crystalBall"]}}"#, "crystalBall"),
                    (#"{"models":{"enabled":[]}}"#, "models.enabled"),
                    (#"{"serving":{"defaultModel":"userknn"}}"#, "serving.defaultModel"),
                    (#"{"http":{"trustedProxies":["10.0.0.1/8"]}}"#, "http.trustedProxies"),
                    (#"{"http":{"forwardedField":"Via"}}"#, "http.forwardedField"),
                    (#"{"http":{"http2":{"resetBurst":0}}}"#, "http.http2.resetBurst"),
                    (#"{"events":{"types":{"view":{"keptDays":0}}}}"#, "types.view.keptDays"),
                    (#"{"events":{"types":{"view":{"keptEvents":1.5}}}}"#, "view.keptEvents"),
                    (
                        #"{"events":{"types":{"view":{"keptDays":9,"whenOld":"keep"}}}}"#,
                        "whenOld must be fold or drop"
                    ),
                    (#"{"events":{"types":{"view":{"whenOld":"drop"}}}}"#, "without keptDays"),
                    (#"{"erasure":{"retrain":"yes"}}"#, "erasure.retrain"),
                    (#"{"colour":{}}"#, "colour"),
                    (#"{"listen":"here"}"#, "listen"),
                    (#"{"listen":"0.0.0.0:0"}"#, "STARLING_API_KEY"),
                    (#"{"#, "config.json"),
                    ("[]", "config.json"),
                ] {
                    let config = try folder.write(file, to: "config.json")
                    try Self.expectRefusal(naming: name, ["--config", config], [:], folder)
                }
                try Self.expectRefusal(
                    naming: "absent.json", ["--config", "absent.json"], [:], folder)
                for (variable, value, name) in [
                    ("STARLING_COLOUR", "red", "STARLING_COLOUR"),
                    ("STARLING_HTTP_LOOPS", "many", "STARLING_HTTP_LOOPS"),
                    ("STARLING_API_KEY", "", "apiKey"),
                    ("STARLING_API_KEY_FILE", "/nowhere/key", "/nowhere/key"),
                ] {
                    try Self.expectRefusal(naming: name, [], [variable: value], folder)
                }
                try Self.expectRefusal(
                    naming: "STARLING_API_KEY", ["--listen", "0.0.0.0:0"], [:], folder)
                try Self.expectRefusal(
                    naming: "openssl rand -hex 32", ["--listen", "0.0.0.0:0"],
                    ["STARLING_API_KEY": "nineteen-characters"], folder)
                try Self.expectRefusal(naming: "--colour", ["--colour"], [:], folder)
                #expect(try !folder.fileNames.contains("test.sqlite"))
            }
        }

        private static func expectRefusal(
            naming name: String, _ arguments: [String], _ environment: [String: String],
            _ folder: TemporaryFolder
        ) throws {
            let address =
                arguments.contains("--listen") || arguments.contains("--config")
                ? [] : ["--listen", "127.0.0.1:0"]
            let ending = try Program.run(
                ["serve", "--database", folder.database] + address + arguments,
                environment: environment)
            #expect(ending.status == wrongUsage, "\(name): \(ending)")
            #expect(ending.errors.contains(name), "\(name): \(ending)")
            #expect(ending.output.isEmpty)
        }

        @Test(.timeLimit(.minutes(5)))
        func withAKeyOnlyWhoeverSendsItIsAnswered() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_API_KEY": "secret-1"])
                let path = "/v1/admin/stats"
                for wrong in [nil, "secret-1", "Bearer", "Bearer secret-2", "Basic secret-1"] {
                    let fields = wrong.map { ["Authorization": $0] } ?? [:]
                    let answer = try service.send("GET", path, fields: fields)
                    #expect(answer.status == 401)
                    #expect(answer.fields["www-authenticate"] == "Bearer")
                    #expect(answer.fields["content-type"] == "application/problem+json")
                    #expect(!answer.text.contains("secret"))
                }
                // Nobody's body is read without it.
                let connection = try HTTPConnection(port: service.port)
                try connection.write(
                    "POST /v1/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
                #expect(try connection.readAnswer().status == 401)
                // With a key the names and pages that ask don't matter.
                let fields = [
                    "Authorization": "Bearer secret-1", "Host": "shop.example",
                    "Origin": "https://shop.example",
                ]
                #expect(try service.send("GET", path, fields: fields).status == 200)
                #expect(try service.send("GET", "/health/live").status == 200)
                #expect(try service.send("GET", "/health/ready").status == 200)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func withoutAKeyNoWebPageGetsThrough() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                for (field, value, status) in [
                    ("Host", "shop.example", 403), ("Host", "127.0.0.1.shop.example", 403),
                    ("Host", "localhost:\(service.port)", 200), ("Host", "[::1]", 200),
                    ("Origin", "https://shop.example", 403), ("Origin", "null", 403),
                    ("Origin", "http://localhost.shop.example", 403),
                    ("Origin", "http://localhost:3000", 200),
                ] {
                    let answer = try service.send("GET", "/v1/admin/stats", fields: [field: value])
                    #expect(answer.status == status, "\(field): \(value)")
                }
            }
        }
    }
}
