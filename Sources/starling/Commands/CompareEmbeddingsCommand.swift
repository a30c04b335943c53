import ArgumentParser
import Evaluation
import Events
import Foundation
import Recommenders
import Tensor

/// What fewer numbers of given embeddings cost, on protocol H. MovieLens gives none: those of the
/// films are the vectors that a VAE learned for them from the same training users.
struct CompareEmbeddingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare-embeddings",
        abstract: "Measure the content-based model on embeddings in fewer dimensions.",
        shouldDisplay: false)

    private static let chosen = EvaluationProtocol.strongGeneralisation
    private static let vectorsName = "decoder.items.weight"
    /// Requests that are timed one by one.
    private static let requests = 500

    @Option(help: "The folder with the data set as published.")
    var data: String

    @Option(parsing: .upToNextOption, help: "The settings embeddingDimensions; 0 is as given.")
    var dimensions = [0, 128, 64, 32, 16, 8]

    @Option(help: "Epochs of the VAE that makes the embeddings.")
    var epochs = 40

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @Option(help: "Threads. (default: one per core)")
    var workers: Int?

    private var threads: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

    func validate() throws {
        guard threads > 0, epochs > 0, dimensions.allSatisfy({ $0 >= 0 }) else {
            throw ValidationError("--workers and --epochs must be above 0, --dimensions 0 or more")
        }
    }

    func run() throws {
        guard case .folder(let load) = Self.chosen.source else { return }
        var data = try load(data)
        data.training.itemContents = try embeddings(from: data)
        let run = EvaluationRun(chosen: Self.chosen, data: data, workers: threads)
        for count in dimensions {
            let fitted = try run.fit(
                ContentModel.family, settings: ["embeddingDimensions": Double(count)], seed: seed,
                for: .validation)
            let result = try run.measure(fitted.final, on: .validation)
            print(
                String(
                    format: "embeddingDimensions=%d: %@ %.4f, weights %.2f MB, %.1f µs a request",
                    count, Self.chosen.decisive.description,
                    result.mean(of: Self.chosen.decisive) ?? 0,
                    Double(fitted.final.weightBytes) / 1e6,
                    secondsOfRequest(to: fitted.final, data.validation) * 1e6))
        }
    }

    /// What the VAE multiplies with to score an item.
    private func embeddings(from data: ProtocolData) throws -> [ItemContent] {
        let source = try EvaluationRun(chosen: Self.chosen, data: data, workers: threads)
            .fit(VAE.family, settings: ["epochs": Double(epochs)], seed: seed, for: .validation)
        let entry = source.final.parameters().first { $0.name == Self.vectorsName }
        guard let entry, entry.shape.count == 2 else {
            throw ValidationError("the VAE has no \(Self.vectorsName)")
        }
        let (width, floats) = (entry.shape[1], try entry.floats())
        return (0..<entry.shape[0]).map { item in
            ItemContent(embedding: Array(floats[item * width..<(item + 1) * width]))
        }
    }

    /// The median.
    private func secondsOfRequest(
        to model: any Recommender, _ cases: [EvaluationCase]
    ) -> Double {
        let times = cases.prefix(Self.requests).map { one in
            let start = ContinuousClock.now
            _ = model.scores(for: [one.history])
            return (ContinuousClock.now - start).inSeconds
        }.sorted()
        return times.isEmpty ? 0 : times[times.count / 2]
    }
}
