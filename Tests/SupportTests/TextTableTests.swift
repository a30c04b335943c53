import Support
import Testing

@Suite struct TextTableTests {
    @Test func alignsTheColumns() {
        let table = TextTable(rows: [["name", "n"], ["a", "10"], ["bcd", ""]])
        #expect(table.lines == ["name   n", "a     10", "bcd"])
    }

    @Test func writesNothingThatATerminalObeys() {
        let table = TextTable(rows: [["a\nb", "\u{1B}]0;x\u{7}"], ["\u{202E}c", "d\u{2028}"]])
        #expect(table.lines == ["a\u{FFFD}b  \u{FFFD}]0;x\u{FFFD}", "\u{FFFD}c       d\u{FFFD}"])
    }
}
