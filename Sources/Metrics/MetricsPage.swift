/// A page in Prometheus' text format 0.0.4,
/// https://prometheus.io/docs/instrumenting/exposition_formats/
package struct MetricsPage {
    package enum Kind: String {
        case counter, gauge, histogram
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package typealias Labels = KeyValuePairs<String, String>

    package private(set) var bytes: [UInt8] = []
    private var names: Set<String> = []
    private var family = ""

    package init() {}

    /// Begins the family that the next values belong to.
    ///
    /// - Precondition: The name follows the format's rule, and the page doesn't have it yet.
    package mutating func begin(_ kind: Kind, _ name: String, _ help: String) {
        precondition(Self.isName(name), "\(name) is no name of a metric")
        precondition(names.insert(name).inserted, "\(name) is on the page already")
        family = name
        bytes += "# HELP \(name) ".utf8
        append(escaped: help, quotes: false)
        bytes += "\n# TYPE \(name) \(kind.rawValue)\n".utf8
    }

    package mutating func add(_ value: Int, _ labels: Labels = [:]) {
        append(suffix: "", labels, nil, "\(value)")
    }

    package mutating func add(_ value: Double, _ labels: Labels = [:]) {
        append(suffix: "", labels, nil, Self.text(of: value))
    }

    package mutating func add(_ histogram: DurationHistograms.Merged, _ labels: Labels) {
        for (bound, count) in histogram.buckets {
            append(suffix: "_bucket", labels, Self.text(of: bound), "\(count)")
        }
        append(suffix: "_sum", labels, nil, Self.text(of: histogram.seconds))
        append(suffix: "_count", labels, nil, "\(histogram.count)")
    }

    /// A family of one value without labels.
    package mutating func single(_ kind: Kind, _ name: String, _ help: String, _ value: Int) {
        begin(kind, name, help)
        add(value)
    }

    package mutating func single(_ kind: Kind, _ name: String, _ help: String, _ value: Double) {
        begin(kind, name, help)
        add(value)
    }

    private mutating func append(
        suffix: String, _ labels: Labels, _ bound: String?, _ value: String
    ) {
        precondition(!family.isEmpty, "a value belongs to a family")
        bytes += family.utf8
        bytes += suffix.utf8
        var separator = "{"
        for (name, text) in labels {
            bytes += "\(separator)\(name)=\"".utf8
            append(escaped: text, quotes: true)
            bytes += "\"".utf8
            separator = ","
        }
        if let bound {
            bytes += "\(separator)le=\"\(bound)\"".utf8
            separator = ","
        }
        bytes += (separator == "," ? "} \(value)\n" : " \(value)\n").utf8
    }

    private mutating func append(escaped text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\"") where quotes: bytes += "\\\"".utf8
            default: bytes.append(byte)
            }
        }
    }

    /// As Go's ParseFloat reads it.
    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let digits = value.description
        return digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ":")
        }
    }
}
