import ArgumentParser
import Events
import Foundation
import Importing
import Logging
import Store
import Support

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring events, items and users from files.",
        discussion: """
            Importing the same file twice stores it once: an event without an id gets one made \
            from its content. Where a service runs on the database, everything goes through it.
            """,
        subcommands: [MovieLens.self, CSV.self, Events.self])

    struct MovieLens: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "movielens",
            abstract: "A MovieLens 100K or 1M folder, as published by GroupLens.")

        @Argument(help: "The folder.")
        var folder: String
        @OptionGroup var arguments: DatabaseArguments

        func run() async throws {
            let folder = try MovieLensFolder(path: folder)
            try await ImportRun.run(arguments) { run in
                try await run.add(items: try folder.items())
                try await run.add(users: try folder.users())
                try await run.add(events: try folder.events())
            }
        }
    }

    struct CSV: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "csv",
            abstract: "A CSV file with a header.",
            discussion: """
                Columns: user and item are required; type, value, time, id, session and \
                recommendation may be there. Others are passed over, and named.
                """)

        @Argument(help: "The file.")
        var file: String
        @Option(help: "The type of events where there is no column for it.")
        var type = "view"
        @OptionGroup var arguments: DatabaseArguments

        func run() async throws {
            let events = try CSVEvents(
                path: file, defaultType: type, now: SystemWallClock().now())
            if !events.unknownColumns.isEmpty {
                let names = events.unknownColumns.joined(separator: ", ")
                ProgressDisplay.say("columns passed over: \(names)")
            }
            try await ImportRun.run(arguments) { try await $0.add(events: events) }
        }
    }

    struct Events: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "events",
            abstract: "An NDJSON file: one event a line, as POST /v1/events takes it.")

        @Argument(help: "The file.")
        var file: String
        @OptionGroup var arguments: DatabaseArguments

        func run() async throws {
            let events = try NDJSONEvents(path: file, now: SystemWallClock().now())
            try await ImportRun.run(arguments) { try await $0.add(events: events) }
        }
    }
}
