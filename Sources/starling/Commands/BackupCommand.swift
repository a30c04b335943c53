import ArgumentParser
import Store

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make a consistent copy of the database.",
        discussion: "A service may run on it and goes on serving and storing events.")

    @OptionGroup var arguments: DatabaseArguments

    @Argument(help: "The copy: a file that isn't there yet.")
    var file: String

    func run() async throws {
        let settings = try await arguments.settings()
        let bytes = try StoreBackup.make(of: settings.database, at: file)
        print("\(file): \(bytes) bytes")
    }
}
