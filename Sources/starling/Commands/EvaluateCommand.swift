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
            new-items: the items of L that nobody used yet, ranked among each other. Protocol \
            time: the log of a database, cut at a moment; a service may run on it meanwhile. The \
            whole catalogue is ranked, a tie counts against the model, and the epoch is chosen on \
            validation. For auto and blend every candidate is trained, the choice is made or the \
            weights are learnt on validation, and all are measured. Progress goes to standard \
            error. docs/evaluation.md explains it all.
            """)

    @OptionGroup var evaluation: EvaluationArguments
    @OptionGroup var arguments: ModelArguments
    @OptionGroup var ensemble: EnsembleArguments
    @OptionGroup var output: EvaluationOutput

    func validate() throws {
        try ensemble.validate(for: arguments)
    }

    func run() async throws {
        let earlier = try output.earlierReports()
        let chosen = try evaluation.chosen()
        let run = EvaluationRun(
            chosen: chosen, data: try await evaluation.load(), workers: arguments.threads)
        try output.write(try report(run), beside: earlier)
    }

    private func report(_ run: EvaluationRun) throws -> EvaluationReport {
        if let names = try ensemble.names(for: arguments) {
            return try EnsembleRun(
                run: run, split: evaluation.split, seed: arguments.seed,
                settings: try arguments.settingsByModel()
            ).report(of: arguments.model, candidates: names)
        }
        let fitted = try run.fit(
            try arguments.family(), settings: try arguments.settings(), seed: arguments.seed,
            for: evaluation.split)
        return try run.report(
            of: arguments.model, fitted.final, cost: fitted.cost, seed: arguments.seed,
            on: evaluation.split
        ).report
    }
}
