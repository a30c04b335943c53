import API
import Foundation
import HTTP
import HTTPServer
import Support
import Testing

@testable import starling

/// Each key that is about the server reaches its option and no other, whether a file or the
/// environment gives it; and no option is without a key by mistake.
@Suite struct ServerSettingsTests {
    /// Options that no key sets, and why.
    private static let withoutKey = [
        "server.backlog": "the kernel cuts it to its own bound",
        "server.shedInterval": "the interval of CoDel's rule; the target is what is tuned",
        "server.maxRequestsPerTurn": "fairness between connections, no bound on a client",
        "server.clock": "a part that the program puts in",
        "server.handlerExecutor": "a part that tests put in",
        "server.admission": "a part that the program puts in",
        "server.metrics": "a part that the program puts in",
        "server.onAnswered": "the access log, which the program puts in",
        "api.monotonicClock": "a part that the program puts in",
        "api.version": "the program's own",
        "api.serverMetrics": "a part that the program puts in",
        "api.accessLog": "a part that the program puts in",
    ]

    @Test(arguments: settingLines)
    func theKeyReachesItsOptionAndNoOther(line: SettingLine) async throws {
        let before = try Self.options(try await Self.settings(environment: line.others))
        var environment = line.others
        environment[ConfigurationSources.variable(for: line.key)] = line.inEnvironment
        let sources = [
            try await Self.settings(environment: environment),
            try await Self.settings(file: line.inFile, environment: line.others),
        ]
        for settings in sources {
            try settings.check()
            let after = try Self.options(settings)
            let changed = after.filter { before[$0.key] != $0.value }
            #expect(changed == line.changes, "\(line.key)")
            #expect(after.keys == before.keys)
        }
    }

    @Test func everyKeyOfTheServerIsInTheTable() {
        let keys = SettingKeys.fixed.keys.filter { key in
            key.hasPrefix("http.") || key.hasPrefix("audit.") || key.hasPrefix("backup.")
                || key == "listen"
        }
        #expect(Set(settingLines.map(\.key)) == Set(keys))
        #expect(settingLines.count == keys.count)
    }

    @Test func noOptionIsWithoutAKeyByMistake() async throws {
        let options = try Self.options(try await Self.settings(environment: [:]))
        let reached = Set(settingLines.flatMap(\.changes.keys))
        #expect(reached.isDisjoint(with: Self.withoutKey.keys))
        #expect(Set(options.keys) == reached.union(Self.withoutKey.keys))
    }

    /// What is configured nowhere is what the structs hold: no default stands twice.
    @Test func anEmptyConfigurationGivesTheStructsDefaults() async throws {
        let settings = try await Self.settings(environment: [:])
        let (given, usual) = (try settings.serverOptions(), HTTPServerOptions())
        #expect(given.host == usual.host && given.port == usual.port)
        #expect(given.backlog == usual.backlog)
        #expect(given.shedTarget == usual.shedTarget && given.shedInterval == usual.shedInterval)
        #expect(given.forwarding.trustedProxies == usual.forwarding.trustedProxies)
        #expect(given.forwarding.field == usual.forwarding.field)
        let numbers: [KeyPath<HTTPServerOptions, Int>] = [
            \.loops, \.maxConnections, \.maxConnectionsPerClient, \.maxRunningHandlers,
            \.maxCollectedBytes, \.outputHighWaterBytes, \.streamHighWaterBytes,
            \.maxRequestsPerTurn, \.timeouts.minBodyBytesPerSecond,
            \.timeouts.minAnswerBytesPerSecond, \.limits.maxRequestLineBytes,
            \.limits.maxHeaderBytes, \.limits.maxHeaderCount, \.limits.maxChunkLineBytes,
            \.limits.maxChunkExtensionBytes, \.limits.maxDiscardedBytes,
        ]
        Self.expectEqual(given, usual, at: numbers)
        let ofHTTP2: [KeyPath<HTTP2Limits, Int>] = [
            \.maxConcurrentStreams, \.streamWindowBytes, \.connectionWindowBytes,
            \.maxCollectedBytes, \.maxUnsentBytes, \.maxContinuations, \.maxSettings,
            \.maxOutboundAcknowledgements, \.resetBurst, \.resetsPerSecond, \.maxIdleFrames,
            \.excusingContentBytes,
        ]
        Self.expectEqual(given.limits.http2, usual.limits.http2, at: ofHTTP2)
        let times: [KeyPath<HTTPServerOptions.Timeouts, Duration>] = [
            \.head, \.body, \.bodyGrace, \.idle, \.write, \.linger, \.drain,
        ]
        Self.expectEqual(given.timeouts, usual.timeouts, at: times)

        let (routes, usualRoutes) = (try settings.apiOptions(), APIService.Options())
        #expect(routes.maximumBodyBytes == usualRoutes.maximumBodyBytes)
        #expect(routes.maximumUploads == usualRoutes.maximumUploads)
        #expect(routes.maximumExports == usualRoutes.maximumExports)
        #expect(routes.auditsReads == usualRoutes.auditsReads)
        #expect(routes.requestRate == usualRoutes.requestRate)
        #expect(routes.failedKeyRate == usualRoutes.failedKeyRate)
        #expect(routes.backupFolder == usualRoutes.backupFolder)
        let log = try settings.accessLog(clock: SystemWallClock(), logger: .init(label: "test"))
        let isLogging = log != nil
        #expect(!isLogging)
    }

    private static func expectEqual<Root, Value: Equatable>(
        _ given: Root, _ usual: Root, at paths: [KeyPath<Root, Value>]
    ) {
        for path in paths {
            #expect(given[keyPath: path] == usual[keyPath: path], "\(path)")
        }
    }

    /// By its name in the tables of the page, behind what the section says before it.
    @Test func everyKeyOfTheServerIsInTheDocumentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        for key in settingLines.map(\.key) {
            let short = key.hasPrefix("http.") ? String(key.dropFirst(5)) : key
            #expect(page.contains("`\(key)`") || page.contains("`\(short)`"), "\(key)")
        }
    }

    /// A body that is allowed must fit into what all of them may take.
    @Test(arguments: [("2048", "2048", true), ("2049", "2048", false)])
    func collectedContentTakesTheLargestBody(
        body: String, collected: String, isFine: Bool
    ) async throws {
        let settings = try await Self.settings(environment: [
            "STARLING_HTTP_MAXIMUM_BODY_BYTES": body,
            "STARLING_HTTP_MAXIMUM_COLLECTED_BYTES": collected,
        ])
        if isFine {
            try settings.check()
        } else {
            #expect {
                try settings.check()
            } throws: { error in
                "\(error)".contains("http.maximumCollectedBytes")
            }
        }
    }

    // MARK: What the program makes of a configuration

    private static func settings(
        file: String? = nil, environment: [String: String]
    ) async throws -> Settings {
        var path: String?
        if let file {
            let url = FileManager.default.temporaryDirectory
                .appending(path: "starling-\(UUID().uuidString).json")
            try Data(file.utf8).write(to: url)
            path = url.path
        }
        defer {
            if let path { try? FileManager.default.removeItem(atPath: path) }
        }
        return try Settings(
            try await ConfigurationSources(file: path, environment: environment, flags: [:]))
    }

    /// Each option by its place, as text.
    private static func options(_ settings: Settings) throws -> [String: String] {
        var options: [String: String] = [:]
        flatten(try settings.serverOptions(), "server", into: &options)
        flatten(try settings.apiOptions(), "api", into: &options)
        options["stopGrace"] = "\(try settings.stopGrace())"
        options["store.auditedCalls"] = "\(try settings.storeOptions().auditedCalls)"
        options["accessLog"] = settings.text("http.accessLog", default: "")
        return options
    }

    private static func flatten(
        _ value: Any, _ place: String, into options: inout [String: String]
    ) {
        let isGroup =
            value is HTTPServerOptions || value is HTTPServerOptions.Timeouts || value is HTTPLimits
            || value is HTTP2Limits || value is ForwardedClient || value is APIService.Options
        guard isGroup else {
            options[place] = "\(value)"
            return
        }
        for child in Mirror(reflecting: value).children {
            flatten(child.value, place + "." + (child.label ?? "?"), into: &options)
        }
    }
}
