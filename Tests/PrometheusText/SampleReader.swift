/// Reads a line such as `name{label="text",other="text"} 1.5`.
struct SampleReader {
    private let line: Substring
    private var rest: Substring

    init(_ line: Substring) {
        self.line = line
        rest = line
    }

    mutating func sample() throws -> PrometheusText.Sample {
        let name = rest.prefix { $0 != "{" && $0 != " " }
        guard PrometheusText.isName(name) else { throw wrong("no name") }
        rest = rest.dropFirst(name.count)
        let labels = rest.first == "{" ? try labels() : [:]
        guard rest.first == " ", let value = Self.number(String(rest.dropFirst())) else {
            throw wrong("no value, or something behind it")
        }
        return .init(name: String(name), labels: labels, value: value)
    }

    /// As Go writes and reads them.
    static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789+-.e".contains($0) } ? Double(text) : nil
        }
    }

    private mutating func labels() throws -> [String: String] {
        var labels: [String: String] = [:]
        repeat {
            rest = rest.dropFirst()  // the brace or the comma
            let name = rest.prefix { $0 != "=" }
            guard PrometheusText.isName(name), !name.contains(":"), !name.hasPrefix("__"),
                rest.dropFirst(name.count).hasPrefix("=\"")
            else { throw wrong("a bad label") }
            rest = rest.dropFirst(name.count + 2)
            guard labels.updateValue(try text(), forKey: String(name)) == nil else {
                throw wrong("a label twice")
            }
        } while rest.first == ","
        guard rest.first == "}" else { throw wrong("no closing brace") }
        rest = rest.dropFirst()
        return labels
    }

    private mutating func text() throws -> String {
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                switch rest.popFirst() {
                case "\\": text.append("\\")
                case "\"": text.append("\"")
                case "n": text.append("\n")
                default: throw wrong("an unknown escape")
                }
            default: text.append(character)
            }
        }
        throw wrong("a label's value has no end")
    }

    private func wrong(_ what: String) -> PrometheusText.Wrong {
        .init(description: "\(what): \(line)")
    }
}
