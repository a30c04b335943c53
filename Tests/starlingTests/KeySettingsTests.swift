import Foundation
import Testing

@testable import starling

/// A key that can be guessed isn't enough for those who aren't on this machine.
@Suite struct KeySettingsTests {
    private func refusal(
        of key: String, on address: String, inFile: Bool = false
    ) async throws -> String? {
        var environment = ["STARLING_LISTEN": address, "STARLING_DATABASE": "/nowhere/starling"]
        let url = FileManager.default.temporaryDirectory
            .appending(path: "starling-\(UUID().uuidString).key")
        try Data((key + "\n").utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        if inFile {
            environment["STARLING_API_KEY_FILE"] = url.path
        } else {
            environment["STARLING_API_KEY"] = key
        }
        let settings = try Settings(
            try await ConfigurationSources(file: nil, environment: environment, flags: [:]))
        do {
            try settings.requireKeyUnlessLoopback()
            return nil
        } catch let invalid as ConfigurationSources.Invalid {
            return invalid.description
        }
    }

    @Test(arguments: [
        ("0.0.0.0:80", 19, true), ("0.0.0.0:80", 20, false), ("192.0.2.1:80", 1, true),
        ("[::]:80", 19, true), ("[::]:80", 20, false), ("127.0.0.1:80", 1, false),
        ("[::1]:80", 1, false), ("127.9.9.9:80", 19, false),
    ])
    func aShortKeyIsRefusedBeyondLoopback(
        address: String, length: Int, isRefused: Bool
    ) async throws {
        let key = String(repeating: "k", count: length)
        #expect(try await (refusal(of: key, on: address) != nil) == isRefused)
        #expect(try await (refusal(of: key, on: address, inFile: true) != nil) == isRefused)
    }

    @Test func theRefusalNamesTheKeysPlaceAndTheWayOut() async throws {
        let text = try #require(try await refusal(of: "tooshort", on: "0.0.0.0:80"))
        for part in ["apiKey ", "20 characters", "openssl rand -hex 32", "starling keys create"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("tooshort"))
        let other = try #require(
            try await refusal(of: "tooshort", on: "0.0.0.0:80", inFile: true))
        #expect(other.contains("apiKeyFile "))
    }
}
