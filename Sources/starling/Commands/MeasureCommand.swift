import ArgumentParser
import Events
import Foundation
import Recommenders
import Support
import Tensor

/// How long an epoch takes on this machine, on a log that is made up.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measure how long training takes here, on a made-up log of a given size.",
        discussion: """
            Prints seconds and peak memory of an epoch, and for the transformer the share of this \
            machine's matrix product speed that it reaches. Nothing is stored.
            """)

    @OptionGroup var arguments: ModelArguments

    @Option(help: "Items of the catalogue.")
    var items = 10_000

    @Option(help: "Users.")
    var users = 6_000

    @Option(help: "Events of each user.")
    var events = 100

    @Option(help: "Epochs; the first one also warms up and isn't counted.")
    var epochs = 3

    func validate() throws {
        guard items > 0, users > 0, events > 1, epochs > 1 else {
            throw ValidationError("items and users must be above 0, events and epochs above 1")
        }
    }

    func run() throws {
        try OpenBLAS.load()
        let peak = MatrixSpeed.measure(workers: arguments.threads)
        var learner = try arguments.learner(
            on: TrainingSet(itemCount: items, histories: madeUpHistories()))
        _ = try learner.runEpoch()
        let start = ContinuousClock.now
        for _ in 1..<epochs { _ = try learner.runEpoch() }
        let seconds = (ContinuousClock.now - start).inSeconds / Double(epochs - 1)
        print(
            String(
                format:
                    "%@: %d items, %d users, %d events each: %.2f s an epoch, peak memory %d MB",
                arguments.model, items, users, events, seconds, ProcessMemory.peakBytes / 1_000_000)
        )
        let transformers = [Transformer.family.name, Transformer.largeFamily.name]
        guard transformers.contains(arguments.model) else { return }
        let cost = try TransformerCost(
            itemCount: items, lengths: Array(repeating: events - 1, count: users),
            settings: try arguments.allSettings())
        print(
            String(
                format: "%.0f GFLOP an epoch (scores %.0f, layers %.0f, attention %.0f): "
                    + "%.0f GFLOP/s, %.0f %% of the %.0f GFLOP/s of a large matrix product",
                cost.total / 1e9, cost.scores / 1e9, cost.layers / 1e9, cost.attention / 1e9,
                cost.total / seconds / 1e9, 100 * cost.total / seconds / peak, peak / 1e9))
    }

    /// Items by a long-tailed law, so that some are everywhere and most are rare.
    private func madeUpHistories() -> [[Interaction<ItemIndex>]] {
        var random = RandomSource(seed: 1)
        return (0..<users).map { _ in
            (0..<events).map { event in
                let place = pow(Double(items), random.uniform()) - 1
                return Interaction(
                    item: ItemIndex(min(Int(place), items - 1)),
                    time: Timestamp(milliseconds: Int64(event) * 60_000))
            }
        }
    }
}

/// The speed of a large matrix product, all workers at once.
enum MatrixSpeed {
    private static let size = 1024
    private static let rounds = 20

    /// - Returns: Floating-point operations in a second.
    static func measure(workers: Int) -> Double {
        let pool = WorkerPool(count: workers)
        let product = MatrixProduct<Float>(rows: size, columns: size, inner: size)
        let factor = [Float](repeating: 0.5, count: size * size)
        func run(_ rounds: Int) -> Double {
            let start = ContinuousClock.now
            pool.run { _ in
                var result = factor
                result.withUnsafeMutableBufferPointer { result in
                    factor.withUnsafeBufferPointer { factor in
                        for _ in 0..<rounds {
                            Float.multiply(product, factor, factor, into: result)
                        }
                    }
                }
            }
            return (ContinuousClock.now - start).inSeconds
        }
        _ = run(2)
        let operations = 2 * Double(size * size) * Double(size) * Double(rounds * workers)
        return operations / run(rounds)
    }
}
