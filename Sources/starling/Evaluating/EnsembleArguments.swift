import ArgumentParser
import HTTP
import Recommenders
import Serving

/// The flag that says what `auto` chooses among and `blend` is made of.
struct EnsembleArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What auto chooses among and blend is made of, joined by commas; each is trained. "
                + "(default: \(Settings.defaultModels.joined(separator: ",")))",
            valueName: "models"))
    var candidates: String?

    /// The models to fit for the one that is measured, in their order; a combination not of itself.
    ///
    /// - Returns: Nil for a model that stands alone.
    /// - Throws: `ValidationError` for an unknown name, or where there is nothing to choose from.
    func names(for arguments: ModelArguments) throws -> [String]? {
        let model = arguments.model
        guard arguments.isEnsemble else {
            guard candidates == nil else {
                throw ValidationError("--candidates is for auto and blend, and \(model) is neither")
            }
            return nil
        }
        let given = candidates?.commaSeparated.map(String.init) ?? Settings.defaultModels
        var names: [String] = []
        for name in given where !names.contains(name) {
            guard ModelRegistry.names.contains(name) else {
                throw ValidationError("--candidates: there is no model named \(name)")
            }
            let combines = ModelRegistry.combiningFamily(named: name) != nil
            if combines, model != ModelChoice.name { continue }
            names.append(name)
        }
        guard names.count > 1 else {
            throw ValidationError("--candidates must name at least two models to make \(model) of")
        }
        return names
    }

    /// - Throws: `ValidationError` also for a setting of a model that takes no part.
    func validate(for arguments: ModelArguments) throws {
        guard let names = try names(for: arguments) else { return }
        for (name, settings) in try arguments.settingsByModel()
        where !settings.isEmpty && name != arguments.model && !names.contains(name) {
            throw ValidationError("--set \(name).…: \(name) is none of the candidates")
        }
    }
}
