import ArgumentParser
import Foundation
import HTTP
import Logging
import Recommenders
import Store

extension JobRecord.Mode: ExpressibleByArgument {}

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train models in the foreground.",
        discussion: """
            The same work as a retrain job. Where a service runs on the database, the job runs \
            there; otherwise here. A model that measures worse than the one in service is kept \
            aside.
            """)

    @OptionGroup var arguments: DatabaseArguments

    @Option(help: "Names of models, joined by commas. (default: all enabled ones)")
    var models: String?

    @Option(
        help: "warm goes on from the version in service, full starts from new weights.")
    var mode = JobRecord.Mode.warm

    @Flag(help: "Promote whatever the comparison says.")
    var force = false

    func run() async throws {
        let settings = try await arguments.settings()
        let names = models?.commaSeparated.map(String.init)
        for name in names ?? [] where !ModelRegistry.names.contains(name) {
            let known = ModelRegistry.names.joined(separator: ", ")
            throw CleanExit.usage("there is no model named \(name); the models are \(known)")
        }
        let service: RunningService
        do {
            service = try await RunningService(settings, logger: try settings.makeLogger())
        } catch StoreRefusal.locked {
            let client = try await ServiceClient.running(on: settings)
            let id = try await client.retrain(models: names, mode: mode, force: force)
            try await TrainingView.follow(jobs: client, id: id)
            return
        }
        do {
            let (job, _) = try await service.supervisor.retrain(
                models: names, mode: mode, isForced: force)
            try await withThrowingTaskGroup { group in
                group.addTask { try await service.supervisor.runQueued() }
                group.addTask { try await TrainingView.follow(jobs: service, id: job.id) }
                try await group.waitForAll()  // the first that fails ends the other
            }
        } catch {
            try await service.close()
            throw error
        }
        try await service.close()
    }
}
