import Testing

@testable import Recommenders

/// Wrong settings are found without data.
@Suite struct SettingsCheckTests {
    @Test(arguments: ModelRegistry.names)
    func everySettingHasARange(model: String) throws {
        let defaults = try #require(ModelRegistry.defaults(named: model))
        for key in defaults.keys.sorted() {
            #expect(throws: ModelError.self, "\(key)") {
                try ModelRegistry.check([key: .nan], of: model)
            }
        }
    }

    @Test(arguments: ModelRegistry.names)
    func theDefaultsAreWithinTheirRanges(model: String) throws {
        try ModelRegistry.check([:], of: model)
        try ModelRegistry.check(try #require(ModelRegistry.defaults(named: model)), of: model)
    }

    @Test(arguments: ModelRegistry.names)
    func unknownSettingsAreNamed(model: String) {
        #expect(throws: ModelError.unknownSetting("colour")) {
            try ModelRegistry.check(["colour": 1], of: model)
        }
    }
}
