/// A page in Prometheus' text format 0.0.4, read more strictly than a scraper would:
/// https://prometheus.io/docs/instrumenting/exposition_formats/ and what `promtool check metrics`
/// finds fault with.
///
/// Each family has its HELP, then its TYPE, then its samples, all in one place; no sample comes
/// twice; counters end in `_total` and others don't; a histogram's buckets ascend, cumulate and end
/// with +Inf, which is the count.
package struct PrometheusText {
    package struct Wrong: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Sample: Hashable {
        package var name: String
        package var labels: [String: String]
        package var value: Double
    }

    package private(set) var samples: [Sample] = []
    private var kinds: [String: String] = [:]
    private var family = ""
    /// A HELP whose TYPE has to come next.
    private var helped: String?

    package init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Wrong(description: "no line feed at the end") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            try read(line)
        }
        guard helped == nil else { throw Wrong(description: "the last family has no TYPE") }
        try checkSamples()
        for (name, kind) in kinds where kind == "histogram" { try checkHistogram(name) }
    }

    /// The value with exactly these labels.
    package subscript(_ name: String, _ labels: [String: String]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    package subscript(_ name: String) -> Double? { self[name, [:]] }

    /// The sum of the values that have at least these labels.
    package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0] == $1 }
        }.reduce(0) { $0 + $1.value }
    }

    package var families: Set<String> { Set(kinds.keys) }

    private mutating func read(_ line: Substring) throws {
        if line.hasPrefix("# HELP ") {
            let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard helped == nil, parts.count == 2, Self.isName(parts[0]),
                kinds[String(parts[0])] == nil
            else { throw Wrong(description: "bad HELP: \(line)") }
            helped = String(parts[0])
        } else if line.hasPrefix("# TYPE ") {
            let parts = line.dropFirst(7).split(separator: " ")
            guard parts.count == 2, helped == String(parts[0]),
                ["counter", "gauge", "histogram"].contains(parts[1])
            else { throw Wrong(description: "bad TYPE: \(line)") }
            family = String(parts[0])
            kinds[family] = String(parts[1])
            helped = nil
        } else {
            guard helped == nil else { throw Wrong(description: "no TYPE before \(line)") }
            var reader = SampleReader(line)
            let sample = try reader.sample()
            guard names(of: family).contains(sample.name) else {
                throw Wrong(description: "\(sample.name) isn't in its family")
            }
            samples.append(sample)
        }
    }

    private func names(of family: String) -> [String] {
        kinds[family] == "histogram"
            ? ["_bucket", "_sum", "_count"].map { family + $0 } : [family]
    }

    private func checkSamples() throws {
        var seen: Set<Sample> = []
        for sample in samples {
            var key = sample
            key.value = 0
            guard seen.insert(key).inserted else { throw Wrong(description: "twice: \(sample)") }
            guard (sample.labels["le"] != nil) == sample.name.hasSuffix("_bucket") else {
                throw Wrong(description: "le belongs to buckets alone: \(sample)")
            }
        }
        for (name, kind) in kinds {
            guard (kind == "counter") == name.hasSuffix("_total") else {
                throw Wrong(description: "\(name) is a \(kind)")
            }
            guard kind != "counter" || samples.allSatisfy({ $0.name != name || $0.value >= 0 })
            else { throw Wrong(description: "\(name) counts down") }
        }
    }

    private func checkHistogram(_ name: String) throws {
        let parts = samples.filter { names(of: name).contains($0.name) }
        let series = Dictionary(grouping: parts) { $0.labels.filter { $0.key != "le" } }
        for (labels, parts) in series {
            let buckets = parts.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap(SampleReader.number) }
            let counts = buckets.map(\.value)
            guard bounds.count == buckets.count, bounds.last == .infinity,
                zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }),
                zip(counts, counts.dropFirst()).allSatisfy({ $0 <= $1 }),
                self[name + "_sum", labels] != nil, self[name + "_count", labels] == counts.last
            else { throw Wrong(description: "\(name)\(labels) is no histogram") }
        }
    }

    static func isName(_ text: Substring) -> Bool {
        text.first.map { !$0.isNumber } ?? false
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_:".contains($0)) }
    }
}
