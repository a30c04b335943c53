import ArgumentParser
import Training

/// What the service starts as its trainer; speaks frames on standard input and output.
struct TrainWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-worker", abstract: "The service's trainer process.",
        shouldDisplay: false)

    func run() throws {
        let status = TrainerProcess().run()
        if status != 0 { throw ExitCode(status) }
    }
}
