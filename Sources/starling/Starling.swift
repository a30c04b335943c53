import ArgumentParser
import Foundation
import Tensor

@main
enum Main {
    static func main() async {
        do {
            // First of all: the library reads its environment, which is ours to set, when loaded.
            try OpenBLAS.load()
        } catch {
            ProgressDisplay.say("starling: \(error)")
            exit(1)
        }
        await Starling.main()
    }
}

struct Starling: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "starling",
        abstract: "A self-hosted recommendation service: one program, one SQLite file.",
        discussion: """
            Start the service with 'starling serve', or see it all on made-up data with \
            'starling demo'. Every setting can come from a JSON file (--config), from the \
            environment (STARLING_…) or, where there is one, from a flag; the later wins.
            """,
        version: Self.version,
        subcommands: [
            ServeCommand.self, ImportCommand.self, TrainCommand.self, EvaluateCommand.self,
            ModelsCommand.self, MeasureCommand.self, DemoCommand.self, CompareStartsCommand.self,
            MeasureScoringCommand.self, CompareEmbeddingsCommand.self, KeysCommand.self,
            AuditCommand.self,
            BackupCommand.self, RestoreCommand.self, VerifyCommand.self, TrainWorkerCommand.self,
        ])
}

/// The flags that every command on a database has.
struct DatabaseArguments: ParsableArguments {
    @Option(help: "A JSON file with settings.")
    var config: String?

    @Option(help: "The SQLite file. (default: starling.sqlite)")
    var database: String?

    func settings(listen: String? = nil, isServing: Bool = false) async throws -> Settings {
        do {
            let settings = try await Settings(
                file: config,
                flags: [
                    "database": database.map { .string($0) }, "listen": listen.map { .string($0) },
                ])
            if isServing { try settings.requireKeyUnlessLoopback() }
            return settings
        } catch let invalid as ConfigurationSources.Invalid {
            throw CleanExit.usage(invalid.description)
        }
    }
}

extension CleanExit {
    /// Wrong configuration or arguments: exit status 64, and the sentence alone.
    static func usage(_ text: String) -> any Error {
        ValidationError(text)
    }
}
