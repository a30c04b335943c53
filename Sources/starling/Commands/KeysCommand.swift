import API
import ArgumentParser
import Foundation
import Store
import Support

extension KeyScope: ExpressibleByArgument {}

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke the keys of the API.",
        discussion: """
            Several keys are valid at a time, so that they can be rotated. A running service takes \
            a new key, and refuses a revoked one, from its next request on. From the first key on \
            nobody is let in without one, nor after the last one is revoked.
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a key, and print it: it can't be read again.")

        @Option(help: "What tells it from the others.")
        var name = "key"
        @Option(help: "What it lets its holder do; may be given several times. (default: all)")
        var scope: [KeyScope] = []
        @Option(help: "Days after which it is valid no more. (default: never)")
        var expiresInDays: Int?
        @OptionGroup var arguments: DatabaseArguments

        func validate() throws {
            guard IdentifierRule.accepts(name) else {
                throw ValidationError("--name must be 1 to 256 bytes without control characters")
            }
            if let expiresInDays, !(1...36_500).contains(expiresInDays) {
                throw ValidationError("--expires-in-days must be in 1...36500")
            }
        }

        func run() async throws {
            let scopes = KeyScope.allCases.filter { scope.isEmpty || scope.contains($0) }
            let draft = KeyRecord.Draft(
                name: name, scopes: scopes.map(\.rawValue),
                expiresAt: expiresInDays.map { SystemWallClock().now() + .seconds($0 * 86_400) })
            let (id, key) = try await KeyStore.with(arguments) { try await $0.create(draft) }
            ProgressDisplay.say(
                "key \(id) (\(name)) for \(draft.scopes.joined(separator: ", ")); "
                    + "this is the only time it is shown:")
            print(key)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the keys, never the secrets.")

        private static let limit = 1000

        @OptionGroup var arguments: DatabaseArguments

        func run() async throws {
            let settings = try await arguments.settings()
            let reader = try Store.openReadOnly(
                path: settings.database, meanings: settings.meanings)
            let keys = try await reader.keys(limit: Self.limit)
            try reader.close()
            let now = SystemWallClock().now()
            let rows = keys.reversed().map { key in
                [
                    key.name, String(key.id), key.state(at: now).rawValue,
                    key.scopes.joined(separator: ","), key.createdAt.rfc3339,
                    key.expiresAt?.rfc3339 ?? "-", key.lastUsedAt?.rfc3339 ?? "-",
                ]
            }
            let head = ["name", "id", "state", "scopes", "created", "expires", "last used"]
            for line in TextTable(rows: [head] + rows).lines { print(line) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Let a key in no more.")

        @Argument(help: "The key's id, as 'starling keys list' shows it.")
        var id: Int64
        @OptionGroup var arguments: DatabaseArguments

        func run() async throws {
            try await KeyStore.with(arguments) { try await $0.revoke(id) }
            print("key \(id) is revoked")
        }
    }
}
