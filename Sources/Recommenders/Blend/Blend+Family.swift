import NeuralNetwork
import Support

extension Blend {
    package static let family = CombiningFamily(
        name: "blend", defaults: defaults,
        candidates: { settings in
            try candidates(of: settings).keys.sorted()
        },
        combine: { components, options in
            try Blend(combining: components, options: options).asRecommender
        },
        load: { itemCount, weights, settings, components in
            try Blend(
                itemCount: itemCount, weights: weights, settings: settings, components: components
            ).asRecommender
        })

    /// What takes part where nothing else is configured: a model of each kind. The variants and the
    /// ones that read little have weight 0 and can be let in by configuration.
    private static let usual: Set<String> = [
        "ease", "itemknn", "dnn", "gan", "vae", "transformer",
    ]

    /// A weight for each model that there is, and how they are combined.
    static let defaults: ModelSettings = {
        var settings: ModelSettings = ["learnt": 1, "rankConstant": 60, "rounds": 40]
        for family in ModelRegistry.families {
            settings[family.name] = usual.contains(family.name) ? 1 : 0
        }
        return settings
    }()

    /// The configured weight of each model that takes part.
    private static func candidates(of settings: ModelSettings) throws -> [String: Double] {
        let all = try settings.over(defaults)
        var weights: [String: Double] = [:]
        for family in ModelRegistry.families {
            let weight = try all.real(family.name, in: 0...1_000_000)
            if weight > 0 { weights[family.name] = weight }
        }
        return weights
    }

    /// Chooses the weights. Without validation users, learnt ones are the configured ones.
    private init(combining components: [String: ModelComponent], options: CombiningOptions) throws {
        let settings = try options.settings.over(Self.defaults)
        let fusion = try ScoreFusion(settings)
        let rounds = try settings.integer("rounds", in: 1...10_000)
        var weights = try Self.candidates(of: settings)
            .filter { components[$0.key] != nil }
        guard weights.count > 1 else {
            throw ModelError.tooFewComponents(weights.keys.sorted())
        }
        if fusion == .standardScore, !options.validation.isEmpty {
            weights = try EnsembleSelection(
                components: components.filter { weights[$0.key] != nil }, fusion: fusion,
                options: options
            ).weights(rounds: rounds)
        }
        try self.init(
            parts: weights.compactMap { name, weight in
                components[name].map {
                    Part(name: name, weight: Float(weight), component: $0)
                }
            },
            itemCount: options.itemCount, settings: settings)
    }

    private init(
        itemCount: Int, weights: Safetensors, settings: ModelSettings,
        components: [String: ModelComponent]
    ) throws {
        let prefix = Self.parameterName("")
        let parts = try weights.entries.filter { $0.name.hasPrefix(prefix) }.map { entry in
            let name = String(entry.name.dropFirst(prefix.count))
            guard let component = components[name] else {
                throw ModelError.missingComponent(name)
            }
            let weight = try weights.checkedFloats(entry.name, shape: [1])[0]
            return Part(name: name, weight: weight, component: component)
        }
        guard !parts.isEmpty else { throw ModelError.tooFewComponents([]) }
        try self.init(
            parts: parts, itemCount: itemCount, settings: try settings.over(Self.defaults))
    }
}
