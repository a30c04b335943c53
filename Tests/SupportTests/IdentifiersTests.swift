import Testing

@testable import Support

@Suite struct IdentifiersTests {
    @Test(arguments: [
        "a", "0", " ", "user 1", "a/b", "ä", "日本", "👩‍👩‍👧", String(repeating: "x", count: 256),
        String(repeating: "é", count: 128),
    ])
    func accepts(text: String) {
        #expect(UserID(text)?.rawValue == text)
        #expect(ItemID(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", String(repeating: "x", count: 257), String(repeating: "é", count: 129), "a\nb", "\t",
        "\u{0}", "\u{7F}", "\u{85}", "a\r",
    ])
    func refuses(text: String) {
        #expect(UserID(text) == nil)
        #expect(ItemID(text) == nil)
    }

    /// The database compares bytes: an id in memory must not stand for two of its rows.
    @Test func tellsTextsApartThatOnlyLookTheSame() {
        let composed = ItemID(stored: "caf\u{E9}")
        let decomposed = ItemID(stored: "cafe\u{301}")
        #expect(composed.rawValue == decomposed.rawValue)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
    }
}
