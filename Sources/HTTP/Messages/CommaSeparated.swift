/// Lists as HTTP writes them (RFC 9110 section 5.6.1), which parameters and flags do, too.
extension String {
    /// What stands between the commas, without blanks around it; empty elements don't count.
    package var commaSeparated: [Substring] {
        split(separator: ",").map(\.trimmedOfBlanks).filter { !$0.isEmpty }
    }
}

extension Fields {
    /// The elements of all fields of a name, which are one list.
    package func list(_ name: String) -> [Substring] {
        values(of: name).flatMap(\.commaSeparated)
    }
}

extension Substring {
    /// Without spaces and tabs around it.
    var trimmedOfBlanks: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { start[...$0] } ?? ""
    }
}
