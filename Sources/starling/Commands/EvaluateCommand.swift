import ArgumentParser
import Evaluation
import Foundation

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on a published data set or on the own log.",
        discussion: """
            Protocol L: the next item of each user (leave last out). Protocol H: users who were \
            never in training (strong generalisation). Both on MovieLens-1M. Protocol G: pairs held \
            out at random, on the split of MovieLens-100K that was published with CFGAN. Protocol \
            time: the log of a database, cut at a moment; a service may run on it meanwhile. The \
            whole catalogue is ranked, a tie counts against the model, and the epoch is chosen on \
            validation. Progress goes to standard error. docs/evaluation.md explains it all.
            """)

    @OptionGroup var evaluation: EvaluationArguments
    @OptionGroup var arguments: ModelArguments
    @OptionGroup var output: EvaluationOutput

    func run() async throws {
        let earlier = try output.earlierReports()
        let chosen = try evaluation.chosen()
        let run = EvaluationRun(
            chosen: chosen, data: try await evaluation.load(), workers: arguments.threads)
        let fitted = try run.fit(
            try arguments.family(), settings: try arguments.settings(), seed: arguments.seed,
            for: evaluation.split)
        let report = EvaluationReport(
            protocol: chosen.name, model: arguments.model, seed: arguments.seed,
            split: evaluation.split.rawValue, decisive: chosen.decisive,
            result: try run.measure(fitted.final, on: evaluation.split), cost: fitted.cost,
            notes: run.data.notes)
        try output.write(report, beside: earlier)
    }
}
