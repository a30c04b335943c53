import Configuration
import Events
import Foundation
import Support
import SystemPackage

/// File, environment and flags, weakest first, checked before anything is read: the library
/// doesn't list its keys, so a misspelt one would otherwise be passed over in silence.
struct ConfigurationSources {
    /// What stops the start; the text names the key and says what to do.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }

    static let environmentPrefix = "STARLING_"
    /// Variables of the project that are no configuration.
    private static let otherVariables: Set<String> = ["STARLING_TEST_DATA"]

    let reader: ConfigReader
    /// The keys that some source gives.
    let given: Set<String>

    /// - Parameters:
    ///   - file: A JSON file, or nil for none.
    ///   - flags: By key, from the command line.
    init(
        file: String?, environment: [String: String], flags: [String: ConfigContent]
    ) async throws {
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map {
                        (AbsoluteConfigKey(ConfigKey($0)), ConfigValue($1, isSecret: false))
                    })),
            EnvironmentVariablesProvider(environmentVariables: environment)
                .prefixKeys(with: "starling"),
        ]
        var keysInFile: [String] = []
        if let file {
            keysInFile = try Self.keys(inFile: file)
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        let inEnvironment = try Self.keys(
            inEnvironment: environment, eventTypes: Self.eventTypes(keysInFile))
        reader = ConfigReader(providers: providers)
        given = Set(keysInFile).union(inEnvironment).union(flags.keys)
    }

    /// Every key of the file, each known.
    private static func keys(inFile file: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Invalid(description: "the configuration file \(file) can't be read")
        }
        let object: [String: JSONValue]
        do {
            object = try JSONDecoder().decode([String: JSONValue].self, from: data)
        } catch {
            throw Invalid(description: "the configuration file \(file) must hold one JSON object")
        }
        let values = flattened(object, under: "").sorted { $0.key < $1.key }
        for (key, value) in values {
            guard let kind = SettingKeys.kind(of: key) else {
                throw Invalid(description: "unknown key \(key) in \(file)")
            }
            guard kind.accepts(value) else {
                throw Invalid(description: "\(key) in \(file) must be of type \(kind)")
            }
        }
        return values.map(\.key)
    }

    private static func flattened(
        _ object: [String: JSONValue], under prefix: String
    ) -> [(key: String, value: JSONValue)] {
        object.flatMap { key, value -> [(key: String, value: JSONValue)] in
            // An empty object holds no key that could be refused: then its own name is looked at.
            if case .object(let inner) = value,
                !inner.isEmpty || SettingKeys.isGroup(prefix + key)
            {
                return flattened(inner, under: prefix + key + ".")
            }
            return [(prefix + key, value)]
        }
    }

    private static func eventTypes(_ keys: [String]) -> Set<String> {
        let named = keys.compactMap { key -> String? in
            let parts = key.split(separator: ".").map(String.init)
            return parts.count == 4 && Array(parts[..<2]) == SettingKeys.meaningPrefix
                ? parts[2] : nil
        }
        return Set(EventMeanings.defaults.keys).union(named)
    }

    /// The key behind each variable of ours, each known.
    private static func keys(
        inEnvironment environment: [String: String], eventTypes: Set<String>
    ) throws -> [String] {
        let keysOfVariable = Dictionary(
            grouping: SettingKeys.keys(eventTypes: eventTypes), by: variable(for:))
        return try environment.keys.sorted()
            .filter { $0.uppercased().hasPrefix(environmentPrefix) }
            .filter { !otherVariables.contains($0) }
            .map { name in
                guard let keys = keysOfVariable[name], let key = keys.first else {
                    throw Invalid(description: "unknown environment variable \(name)")
                }
                guard keys.count == 1 else {
                    // Types of events may differ only in what a variable's name can't hold.
                    let names = keys.joined(separator: " or ")
                    throw Invalid(description: "\(name) may mean \(names): use the file")
                }
                return key
            }
    }

    /// The library's own rule: `http.maximumBodyBytes` is `STARLING_HTTP_MAXIMUM_BODY_BYTES`.
    static func variable(for key: String) -> String {
        var name = environmentPrefix
        var previous: Character = "."
        for character in key {
            if previous.isLowercase, character.isUppercase { name += "_" }
            name += character.isLetter || character.isNumber ? character.uppercased() : "_"
            previous = character
        }
        return name
    }
}
