import ArgumentParser
import Recommenders

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the kinds of models, each with its settings and their defaults.")

    func run() {
        for name in ModelRegistry.names {
            let settings = (ModelRegistry.defaults(named: name) ?? [:])
                .sorted { $0.key < $1.key }
                .map { "\($0.key)=\(Self.text($0.value))" }
            print(([name] + settings).joined(separator: " "))
        }
    }

    /// Whole numbers without a point.
    private static func text(_ value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
