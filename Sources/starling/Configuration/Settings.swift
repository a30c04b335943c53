import Configuration
import Events
import Foundation
import Recommenders
import Support

/// The configuration, read and checked: plain values that the program is put together from.
struct Settings {
    /// What a retrain trains where nothing else is configured: one model of each kind, the short
    /// trainings first, then what is made of them.
    static let defaultModels = [
        "ease", "itemknn", "vae", "dnn", "gan", "transformer", "blend",
    ]

    private let sources: ConfigurationSources

    let host: String
    let port: UInt16
    let database: String
    let apiKey: String?
    let logLevel: String
    let meanings: EventMeanings
    /// Settings of each model over its family's defaults.
    let models: [String: ModelSettings]
    let enabledModels: [String]

    init(_ sources: ConfigurationSources) throws {
        self.sources = sources
        try Self.checkTypes(sources)
        (host, port) = try Self.address(sources.text("listen") ?? "127.0.0.1:8080")
        database = sources.text("database") ?? "starling.sqlite"
        apiKey = try Self.key(sources)
        logLevel = sources.text("log.level") ?? "info"
        meanings = try Self.meanings(sources)
        models = Self.models(sources)
        enabledModels = try Self.enabledModels(sources)
    }

    /// Reads the configuration of a command.
    ///
    /// - Parameters:
    ///   - file: `--config`.
    ///   - flags: By key; a nil value is a flag that wasn't given.
    init(file: String?, flags: [String: ConfigContent?]) async throws {
        self = try Settings(
            try await ConfigurationSources(
                file: file, environment: ProcessInfo.processInfo.environment,
                flags: flags.compactMapValues { $0 }))
        try check()
    }

    func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) throws -> Int {
        let number =
            sources.given.contains(key)
            ? try sources.reader.requiredInt(forKey: ConfigKey(key)) : value
        guard range.contains(number) else { throw Self.outOfRange(key, "\(range)") }
        return number
    }

    func number(
        _ key: String, in range: ClosedRange<Double>, default value: Double
    ) throws -> Double {
        let number =
            sources.given.contains(key)
            ? try sources.reader.requiredDouble(forKey: ConfigKey(key)) : value
        guard range.contains(number) else { throw Self.outOfRange(key, "\(range)") }
        return number
    }

    func flag(_ key: String, default value: Bool) throws -> Bool {
        sources.given.contains(key)
            ? try sources.reader.requiredBool(forKey: ConfigKey(key)) : value
    }

    /// Empty where nothing is given.
    func texts(_ key: String) throws -> [String] {
        guard sources.given.contains(key) else { return [] }
        return try sources.reader.requiredStringArray(forKey: ConfigKey(key))
    }

    func text(_ key: String, default value: String) -> String {
        sources.text(key) ?? value
    }

    func optionalText(_ key: String) -> String? { sources.text(key) }

    private static func outOfRange(_ key: String, _ range: String) -> ConfigurationSources.Invalid {
        ConfigurationSources.Invalid(
            description: "\(key) must be in \(range) "
                + "(also as \(ConfigurationSources.variable(for: key)))")
    }

    /// Reads every given key as its type, since the library's optional getters pass over a value
    /// of another type.
    private static func checkTypes(_ sources: ConfigurationSources) throws {
        for name in sources.given.sorted() {
            let key = ConfigKey(name)
            do {
                switch SettingKeys.kind(of: name) {
                case .text: _ = try sources.reader.requiredString(forKey: key)
                case .integer: _ = try sources.reader.requiredInt(forKey: key)
                case .number: _ = try sources.reader.requiredDouble(forKey: key)
                case .flag: _ = try sources.reader.requiredBool(forKey: key)
                case .texts: _ = try sources.reader.requiredStringArray(forKey: key)
                case nil: throw ConfigurationSources.Invalid(description: "unknown key \(name)")
                }
            } catch let invalid as ConfigurationSources.Invalid {
                throw invalid
            } catch {
                let kind = SettingKeys.kind(of: name).map { "\($0)" } ?? "unknown"
                throw ConfigurationSources.Invalid(
                    description: "\(name) must be of type \(kind) "
                        + "(also as \(ConfigurationSources.variable(for: name)))")
            }
        }
    }

    private static func address(_ text: String) throws -> (String, UInt16) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw outOfRange("listen", "the form HOST:PORT") }
        let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        guard !host.isEmpty else { throw outOfRange("listen", "the form HOST:PORT") }
        return (host, port)
    }

    private static func key(_ sources: ConfigurationSources) throws -> String? {
        guard let (name, key) = try givenKey(sources) else { return nil }
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw outOfRange(name, "visible ASCII characters without spaces, 1 or more")
        }
        return key
    }

    private static func givenKey(_ sources: ConfigurationSources) throws -> (String, String)? {
        let (key, path) = (sources.text("apiKey"), sources.text("apiKeyFile"))
        guard key == nil || path == nil else {
            throw ConfigurationSources.Invalid(
                description: "apiKey and apiKeyFile are both given; only one can count")
        }
        if let key { return ("apiKey", key) }
        guard let path else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationSources.Invalid(description: "apiKeyFile \(path) can't be read")
        }
        let text = String(decoding: data, as: UTF8.self)
        return ("apiKeyFile", text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The types of events that the keys under `events.types` name.
    var configuredTypes: Set<String> {
        Set(
            sources.given.compactMap { key in
                let parts = key.split(separator: ".").map(String.init)
                let isType = parts.count == 4 && Array(parts[..<2]) == SettingKeys.meaningPrefix
                return isType ? parts[2] : nil
            })
    }

    func isGiven(_ key: String) -> Bool { sources.given.contains(key) }

    private static func meanings(_ sources: ConfigurationSources) throws -> EventMeanings {
        var configured: [String: EventMeaning] = [:]
        for key in sources.given.sorted() {
            let parts = key.split(separator: ".").map(String.init)
            guard parts.count == 4, Array(parts[..<2]) == SettingKeys.meaningPrefix else {
                continue
            }
            if SettingKeys.retention.contains(parts[3]) { continue }
            var meaning = configured[parts[2]] ?? EventMeanings()[parts[2]]
            let configKey = ConfigKey(key)
            switch parts[3] {
            case "weight":
                meaning.weight = try sources.reader.requiredDouble(forKey: configKey)
                guard (0...1000).contains(meaning.weight) else { throw outOfRange(key, "0...1000") }
            case "sign":
                let text = try sources.reader.requiredString(forKey: configKey)
                guard let sign = EventMeaning.Sign(rawValue: text) else {
                    throw outOfRange(key, "positive, negative")
                }
                meaning.sign = sign
            case "seen": meaning.isSeen = try sources.reader.requiredBool(forKey: configKey)
            default:
                meaning.positiveFrom = try sources.reader.requiredDouble(forKey: configKey)
            }
            configured[parts[2]] = meaning
        }
        return EventMeanings(overriding: configured)
    }

    private static func models(_ sources: ConfigurationSources) -> [String: ModelSettings] {
        var models: [String: ModelSettings] = [:]
        for name in ModelRegistry.names {
            for setting in (ModelRegistry.defaults(named: name) ?? [:]).keys {
                let key = "\(SettingKeys.modelPrefix).\(name).\(setting)"
                guard sources.given.contains(key) else { continue }
                models[name, default: [:]][setting] =
                    sources.reader.double(forKey: ConfigKey(key))
            }
        }
        return models
    }

    private static func enabledModels(_ sources: ConfigurationSources) throws -> [String] {
        guard sources.given.contains("models.enabled") else { return defaultModels }
        let names = try sources.reader.requiredStringArray(forKey: "models.enabled")
        guard !names.isEmpty else {
            throw outOfRange("models.enabled", "a list of at least one model")
        }
        for name in names where !ModelRegistry.names.contains(name) {
            let known = ModelRegistry.names.joined(separator: ", ")
            throw outOfRange("models.enabled", "the known models: \(known); \(name) is none")
        }
        return names
    }
}

extension ConfigurationSources {
    fileprivate func text(_ key: String) -> String? {
        given.contains(key) ? reader.string(forKey: ConfigKey(key)) : nil
    }
}
