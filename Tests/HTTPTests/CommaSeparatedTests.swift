import HTTP
import Testing

@Suite struct CommaSeparatedTests {
    @Test(
        arguments: [
            ("", []), (",", []), (" , \t,", []), ("a", ["a"]), ("a,b", ["a", "b"]),
            (" a ,\tb\t, c d ", ["a", "b", "c d"]), (",a,,b,", ["a", "b"]), ("é , ü", ["é", "ü"]),
        ] as [(String, [String])])
    func readsTheElementsOfAList(text: String, elements: [String]) {
        #expect(text.commaSeparated.map(String.init) == elements)
    }

    /// RFC 9110 section 5.3: several fields of a name are one list.
    @Test func joinsTheFieldsOfAName() {
        var fields = Fields()
        fields.append(name: "Via", value: "a, b")
        fields.append(name: "Other", value: "x")
        fields.append(name: "via", value: "c")
        #expect(fields.list("Via") == ["a", "b", "c"])
        #expect(fields.list("None") == [])
    }
}
