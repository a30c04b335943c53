import ArgumentParser
import Events
import Foundation
import Importing
import Logging
import Support

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it all on made-up data, in under two minutes.",
        discussion: """
            Starts a service on a temporary database, posts a seeded, realistic log through its \
            HTTP API, trains, and shows a user's history beside the recommendations. Without \
            --database nothing is left behind.
            """)

    @Option(help: "Seed of the made-up log.")
    var seed: UInt64 = 1

    @Option(help: "Keep the database in this new file, for other commands to try on.")
    var database: String?

    /// The ones that are trained in seconds.
    private static let models = ["ease", "vae", "blend"]
    private static let chunkEvents = 2_000
    private static let shownRows = 10

    func validate() throws {
        if let database, FileManager.default.fileExists(atPath: database) {
            throw ValidationError("--database \(database) exists already")
        }
    }

    func run() async throws {
        let start = ContinuousClock.now
        if let database {
            try await run(database: database)
        } else {
            try await runInTemporaryFolder()
        }
        print(String(format: "\nAll of it took %.0f s.", (ContinuousClock.now - start).inSeconds))
    }

    private func runInTemporaryFolder() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("starling-demo-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(at: folder)
            } catch {
                ProgressDisplay.say("\(folder.path) can't be removed: \(error)")
            }
        }
        try await run(database: folder.appendingPathComponent("demo.sqlite").path)
    }

    private func run(database: String) async throws {
        let settings = try await Settings(
            file: nil,
            flags: [
                "database": .string(database), "listen": "127.0.0.1:0", "log.level": "error",
                "retrain.enabled": false, "models.enabled": .stringArray(Self.models),
            ])
        let service = try await RunningService(settings, logger: try settings.makeLogger())
        let work = Task { await service.supervisor.run() }
        do {
            let client = ServiceClient(baseURL: try await service.listen(), key: settings.apiKey)
            print("A service runs on \(client.baseURL), on a database of its own.")
            try await show(client)
        } catch {
            work.cancel()
            await work.value
            try await service.close()
            throw error
        }
        await service.stopListening()
        work.cancel()
        await work.value
        try await service.close()
    }

    private func show(_ client: ServiceClient) async throws {
        let log = try DemoLog(DemoLog.Options(end: SystemWallClock().now(), seed: seed))
        try await client.put(items: log.items)
        try await post(log.events, to: client)
        let job = try await client.retrain(models: nil, force: false)
        try await TrainingView.follow(jobs: client, id: job)
        guard let user = busyUser(of: log) else { return }
        try await DemoTable(client: client, log: log, rows: Self.shownRows).show(user)
    }

    private func post(_ events: [Event], to client: ServiceClient) async throws {
        var display = ProgressDisplay(label: "posting")
        let start = ContinuousClock.now
        for first in stride(from: 0, to: events.count, by: Self.chunkEvents) {
            let last = min(first + Self.chunkEvents, events.count)
            _ = try await client.append(Array(events[first..<last]))
            display.show(
                fraction: Double(last) / Double(events.count),
                text: "\(last) of \(events.count) events")
        }
        display.finish()
        let seconds = (ContinuousClock.now - start).inSeconds
        print(
            String(
                format: "%d events of %d users on %d items posted in %.1f s.", events.count,
                Set(events.map(\.user)).count, Set(events.map(\.item)).count, seconds))
    }

    /// A user with a middling number of likes: something to see, and not all seen.
    private func busyUser(of log: DemoLog) -> UserID? {
        let likes = Dictionary(
            grouping: log.events.filter { $0.type == "like" || $0.type == "purchase" },
            by: \.user)
        let wanted = 12
        return likes.min { left, right in
            (abs(left.value.count - wanted), left.key.rawValue)
                < (abs(right.value.count - wanted), right.key.rawValue)
        }?.key
    }
}
