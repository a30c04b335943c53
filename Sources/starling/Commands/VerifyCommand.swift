import ArgumentParser
import Store

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a database: its structure, its sums, its checkpoints' checksums.",
        discussion: """
            Reads all of it; a service may run on it, whose write-ahead log grows during the longer \
            checks.
            """)

    @OptionGroup var arguments: DatabaseArguments

    func run() async throws {
        let settings = try await arguments.settings()
        let found = try StoreVerification.run(on: settings.database)
        print(
            """
            \(found.events) events, \(found.users) users, \(found.items) items, \
            \(found.recommendations) recommendations, \(found.checkpoints) checkpoints
            """)
        guard found.problems.isEmpty else {
            for problem in found.problems { ProgressDisplay.say(problem) }
            throw ExitCode.failure
        }
        print("everything is in order")
    }
}
