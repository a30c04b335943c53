import Events
import Support

/// The words that the content-based model knows an item by.
enum ContentTerms {
    /// Where a term comes from; its letter stands before it.
    enum Source: String, CaseIterable {
        case category = "c"
        case title = "t"
        case attribute = "a"
    }

    /// A text longer than this is read as words, not as a value.
    private static let longestValue = 64

    /// `c:Drama`, `t:toy`, `a:year=1995`: each once, in the order of the text.
    ///
    /// Lists and objects are taken apart (`a:maker.name=acme`). A number is a value like another:
    /// 1995 and 1996 are two terms.
    static func terms(of content: ItemContent) -> [String] {
        var terms = Set(content.categories.map { "c:\(plain($0))" })
        for word in words(content.title ?? "") { terms.insert("t:\(word)") }
        for (key, value) in content.attributes { add(value, key: plain(key), to: &terms) }
        return terms.sorted()
    }

    static func source(of term: String) -> Source? { Source(rawValue: String(term.prefix(1))) }

    private static func add(_ value: JSONValue, key: String, to terms: inout Set<String>) {
        switch value {
        case .null: break
        case .bool(let flag): terms.insert("a:\(key)=\(flag)")
        case .integer(let number): terms.insert("a:\(key)=\(number)")
        case .number(let number): terms.insert("a:\(key)=\(number)")
        case .string(let text) where text.utf8.count > longestValue:
            for word in words(text) { terms.insert("a:\(key)=\(word)") }
        case .string(let text): terms.insert("a:\(key)=\(plain(text))")
        case .array(let values):
            for value in values { add(value, key: key, to: &terms) }
        case .object(let members):
            for (name, value) in members { add(value, key: "\(key).\(plain(name))", to: &terms) }
        }
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Lower case, and on one line: a checkpoint holds a term a line.
    private static func plain(_ text: String) -> String {
        String(text.lowercased().map { $0.isNewline ? " " : $0 })
    }
}
