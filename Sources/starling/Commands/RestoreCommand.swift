import ArgumentParser
import Foundation
import Store

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a copy in the database's place.",
        discussion: "The copy is verified first, and stays. No service may run on the database.")

    @OptionGroup var arguments: DatabaseArguments

    @Argument(help: "The copy that 'starling backup' made.")
    var file: String

    @Flag(help: "Also where there is a database: that one is kept beside it, with the time.")
    var replace = false

    func run() async throws {
        let settings = try await arguments.settings()
        let aside = "\(settings.database).replaced-\(Int(Date().timeIntervalSince1970))"
        do {
            try StoreRestore.run(
                from: file, to: settings.database, aside: replace ? aside : nil)
        } catch StoreRefusal.fileExists(let path) where path == settings.database {
            throw CleanExit.usage("\(path) is there already: move it away, or add --replace")
        }
        print("\(settings.database) is \(file)")
    }
}
