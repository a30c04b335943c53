import ArgumentParser
import Evaluation

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on a published data set.",
        discussion: """
            Protocol L: the next item of each user (leave last out). Protocol H: users who were \
            never in training (strong generalisation). Both on MovieLens-1M. Protocol G: pairs held \
            out at random, on the split of MovieLens-100K that was published with CFGAN. The whole \
            catalogue is ranked, a tie counts against the model, and the epoch is chosen on \
            validation. Protocol new-items: the items of L that nobody used yet, ranked among each \
            other. Progress goes to standard error.
            """)

    @Option(name: .customLong("protocol"), help: "L, H, G or new-items.")
    var protocolName: String

    @Option(help: "The folder with the data set as published.")
    var data: String

    @OptionGroup var arguments: ModelArguments

    @Option(help: "What is measured in the end.")
    var split = ProtocolData.Split.test

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        _ = try EvaluationProtocol.named(protocolName)
    }

    func run() throws {
        let chosen = try EvaluationProtocol.named(protocolName)
        let run = EvaluationRun(
            chosen: chosen, data: try chosen.load(data), workers: arguments.threads)
        let fitted = try run.fit(
            try arguments.family(), settings: try arguments.settings(), seed: arguments.seed,
            for: split)
        let measured = try run.measure(fitted.final, on: split)
        let references = try run.references(on: split)
        let report = EvaluationReport(
            protocol: chosen.name, model: arguments.model, seed: arguments.seed,
            split: split.rawValue, metrics: measured.means.byName,
            references: references.isEmpty ? nil : references.mapValues(\.byName),
            trainSeconds: fitted.trainSeconds, epochs: fitted.epoch,
            secondsPerEpoch: fitted.secondsPerEpoch, peakMemoryBytes: ProcessMemory.peakBytes)
        print(json ? try report.json() : report.text)
    }
}
