import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Tensor

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the service.",
        discussion: """
            Runs until SIGTERM or SIGINT, then answers what is in flight, and closes the database \
            so that its one file is all. Without a key (starling keys create, or \
            STARLING_API_KEY) it listens on this machine only.
            """)

    @OptionGroup var arguments: DatabaseArguments

    @Option(help: "Where to listen, HOST:PORT. (default: 127.0.0.1:8080)")
    var listen: String?

    @Flag(help: "Print three curl commands to try.")
    var examples = false

    func run() async throws {
        TensorMemory.keepFreed()
        signal(SIGPIPE, SIG_IGN)  // a pipe that nobody reads is an error of its write
        let settings = try await arguments.settings(listen: listen, isServing: true)
        let logger = try settings.makeLogger()
        let service = try await start(settings, logger)
        let url: String
        do {
            url = try await service.listen()
        } catch {
            try await service.close()
            throw error
        }
        var announcement = "starling listens on \(url)"
        if examples { announcement += "\n" + Self.exampleText(url, needsKey: service.needsKey) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: DatabaseLife(service: service)),
                    .init(service: SupervisorLife(service: service)),
                    .init(service: RetentionLife(service: service, logger: logger)),
                    .init(service: ServerLife(service: service, announcement: announcement)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle")))
        try await group.run()
    }

    private func start(_ settings: Settings, _ logger: Logger) async throws -> RunningService {
        do {
            return try await RunningService(settings, logger: logger)
        } catch let invalid as ConfigurationSources.Invalid {
            throw CleanExit.usage(invalid.description)
        }
    }

    static func exampleText(_ url: String, needsKey: Bool) -> String {
        let key = needsKey ? " -H \"Authorization: Bearer $STARLING_API_KEY\"" : ""
        return """

            Try it in another terminal:

              curl\(key) \(url)/v1/events -H "Content-Type: application/json" -d '{"type":"like","user":"ann","item":"book-1"}'
              curl\(key) \(url)/v1/events -H "Content-Type: application/json" -d '{"type":"like","user":"bob","item":"book-2"}'
              curl\(key) '\(url)/v1/users/ann/recommendations?k=5'

            """
    }
}

// The lives end in the reverse order of the group's list: server, retention, supervisor, database.

/// Answers what is in flight when the group shuts down.
private struct ServerLife: Service {
    let service: RunningService
    /// Said once a signal would end the service in order.
    let announcement: String

    func run() async throws {
        print(announcement)
        fflush(nil)
        try await gracefulShutdown()
        await service.stopListening()
    }
}

/// Runs jobs until the group shuts down; a running trainer is stopped then.
private struct SupervisorLife: Service {
    let service: RunningService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await service.supervisor.run()
        }
    }
}

/// Removes old events until the group shuts down.
private struct RetentionLife: Service {
    let service: RunningService
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await service.retention.run { [logger] error in
                logger.error("old events have to wait", metadata: ["reason": "\(error)"])
            }
        }
        // A life that ends would end the service.
        try await gracefulShutdown()
    }
}

/// Closes the database last.
private struct DatabaseLife: Service {
    let service: RunningService

    func run() async throws {
        try await gracefulShutdown()
        try await service.close()
    }
}
