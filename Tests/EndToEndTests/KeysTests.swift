import Foundation
import Support
import Testing

extension EndToEnd {
    /// Keys as an operator makes and revokes them, while the service runs.
    @Suite struct KeysTests {
        private static func run(_ arguments: [String], _ folder: TemporaryFolder) throws -> String {
            let ending = try Program.run(arguments + ["--database", folder.database])
            #expect(ending.status == 0, "\(arguments): \(ending)")
            return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// The cells of what a command lists, without its head.
        private static func rows(
            _ arguments: [String], _ folder: TemporaryFolder
        ) throws -> [[String]] {
            try run(arguments, folder).split(separator: "\n").dropFirst().map { line in
                line.split(separator: " ").map { String($0) }
            }
        }

        private static func status(
            _ service: RunningStarling, _ path: String, _ key: String?
        ) throws -> Int {
            let fields = key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
            return try service.send("GET", path, fields: fields).status
        }

        @Test(.timeLimit(.minutes(5)))
        func keysComeAndGoWhileTheServiceRuns() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_LOG_LEVEL": "debug"])
                let (stats, answers) = ("/v1/admin/stats", "/v1/users/u/recommendations")
                #expect(try Self.status(service, stats, nil) == 200)

                let ops = try Self.run(
                    ["keys", "create", "--name", "ops", "--scope", "admin"], folder)
                let shop = try Self.run(
                    [
                        "keys", "create", "--name", "shop", "--scope", "events", "--scope",
                        "recommendations",
                    ], folder)
                #expect(try Self.status(service, stats, nil) == 401)
                #expect(try Self.status(service, stats, ops + "x") == 401)
                #expect(try Self.status(service, stats, ops) == 200)
                #expect(try Self.status(service, stats, shop) == 403)
                #expect(try Self.status(service, answers, shop) == 200)
                #expect(try Self.status(service, answers, ops) == 403)
                #expect(try Self.status(service, "/health/live", nil) == 200)
                // Commands go through the running service without any key.
                let events = try folder.write(
                    #"{"type":"like","user":"u","item":"i"}"# + "\n", to: "events.ndjson")
                #expect(try Self.run(["import", "events", events], folder).contains("1 new"))

                let list = try Self.run(["keys", "list"], folder)
                #expect(list.contains("ops") && list.contains("shop"))
                for key in [ops, shop] { #expect(!list.contains(key.suffix(43))) }

                _ = try Self.run(["keys", "revoke", "2"], folder)
                #expect(try Self.status(service, answers, shop) == 401)
                #expect(try Self.status(service, stats, ops) == 200)
                let unknown = try Program.run(
                    ["keys", "revoke", "9", "--database", folder.database])
                #expect(unknown.status == 1 && unknown.errors.contains("no key 9"), "\(unknown)")

                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                for key in [ops, shop] { #expect(try !service.errors.contains(key.suffix(43))) }
                #expect(try Self.run(["keys", "list"], folder).contains("revoked"))
                let audit = try Self.run(["audit"], folder)
                for part in ["POST /v1/admin/keys", "DELETE /v1/admin/keys/{id}", "401", "403"] {
                    #expect(audit.contains(part), "\(audit)")
                }
            }
        }

        /// The commands then work on the file themselves, and write down what they did.
        @Test(.timeLimit(.minutes(5)))
        func keysComeAndGoWithoutAService() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let (before, days) = (SystemWallClock().now(), Duration.seconds(30 * 86_400))
                let key = try Self.run(
                    [
                        "keys", "create", "--name", "ops", "--scope", "admin",
                        "--expires-in-days", "30",
                    ], folder)
                #expect(key.hasPrefix("starling_1_"))
                let after = SystemWallClock().now()
                let list = ["keys", "list"]
                let row = try #require(try Self.rows(list, folder).first)
                try #require(row.count == 7, "\(row)")
                #expect(Array(row[..<4]) == ["ops", "1", "valid", "admin"])
                let expiry = try #require(Timestamp(rfc3339: row[5]))
                #expect(before + days <= expiry && expiry <= after + days)

                #expect(try Self.run(["keys", "revoke", "1"], folder) == "key 1 is revoked")
                let unknown = try Program.run(
                    ["keys", "revoke", "9", "--database", folder.database])
                #expect(unknown.status == 1 && unknown.output.isEmpty, "\(unknown)")
                #expect(unknown.errors.contains("there is no key 9"), "\(unknown)")
                #expect(try Self.rows(list, folder).map { $0.dropFirst(2).first } == ["revoked"])

                // Status, caller, address, call and target; the newest comes first.
                let entries = try Self.rows(["audit"], folder).map { Array($0.dropFirst(2)) }
                let route = "/v1/admin/keys"
                #expect(
                    entries == [
                        ["404", "command", "-", "DELETE", route + "/{id}", "9"],
                        ["200", "command", "-", "DELETE", route + "/{id}", "1"],
                        ["201", "command", "-", "POST", route, "-"],
                    ])
            }
        }

        /// Behind a proxy that is trusted the client is whom it names, for the limits, the log, and
        /// for who counts as this machine.
        @Test(.timeLimit(.minutes(5)))
        func aTrustedProxyNamesTheClient() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database,
                    settings: [
                        "STARLING_HTTP_TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1",
                        "STARLING_HTTP_REQUESTS_PER_SECOND": "0.001",
                        "STARLING_HTTP_REQUEST_BURST": "2",
                    ])
                func statuses(for client: String) throws -> [Int] {
                    try (0..<3).map { _ in
                        try service.send(
                            "DELETE", "/v1/admin/jobs/999",
                            fields: ["X-Forwarded-For": client]
                        ).status
                    }
                }
                #expect(try statuses(for: "203.0.113.9") == [403, 403, 403])
                let local = try statuses(for: "203.0.113.9, 127.0.0.2")
                #expect(local == [404, 404, 429])
                #expect(try statuses(for: "127.0.0.3") == [404, 404, 429])
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                let audit = try Self.run(["audit"], folder)
                for part in ["203.0.113.9", "127.0.0.2", "127.0.0.3"] {
                    #expect(audit.contains(part), "\(audit)")
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func aKeyInTheDatabaseLetsTheServiceListenElsewhere() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let everywhere = ["serve", "--listen", "0.0.0.0:0", "--database", folder.database]
                let refused = try Program.run(everywhere)
                #expect(refused.status == 64 && refused.errors.contains("starling keys create"))
                _ = try Self.run(["keys", "create"], folder)
                let log = try TemporaryFolder()
                let process = try Program.start(
                    everywhere, environment: RunningStarling.quick, log: log)
                try wait(until: "it listens") {
                    try Program.output(in: log).contains("listens on") || process.ending != nil
                }
                // The last one goes while it runs: nobody is let in, but the commands.
                _ = try Self.run(["keys", "revoke", "1"], folder)
                #expect(try Self.run(["audit"], folder).contains("command"))
                process.send(SIGTERM)
                #expect(process.waitUntilEnded() == .exited(0))
                let again = try Program.run(everywhere)
                #expect(again.status == 64 && again.errors.contains("starling keys create"))
            }
        }
    }
}
