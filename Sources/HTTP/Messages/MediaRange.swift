/// One element of an Accept field (RFC 9110 section 12.5.1): a media type, `type/*` or `*/*`, with
/// its weight. Parameters other than the weight don't tell anything apart here.
struct MediaRange {
    private let type: Substring
    private let subtype: Substring
    private let weight: Double

    /// Nil where the element is malformed.
    init?(_ element: Substring) {
        let parts = element.split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.trimmedOfBlanks }
        let names = (parts.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
        (type, subtype) = (names[0], names[1])
        let quality = parts.dropFirst().first { $0.hasPrefix("q=") || $0.hasPrefix("Q=") }
        guard let quality else {
            weight = 1
            return
        }
        guard let number = Double(quality.dropFirst(2)), (0...1).contains(number) else {
            return nil
        }
        weight = number
    }

    /// Whether an Accept field lets in a media type; the range that says most about it decides
    /// (section 12.5.1). A malformed field says nothing.
    static func accept(_ field: String, allows mediaType: Substring) -> Bool {
        let elements = field.commaSeparated
        let ranges = elements.compactMap(MediaRange.init)
        guard !ranges.isEmpty, ranges.count == elements.count else { return true }
        let matching = ranges.compactMap { range in
            range.precision(for: mediaType.lowercased()).map { ($0, range.weight) }
        }
        guard let closest = matching.max(by: { $0.0 < $1.0 }) else { return false }
        return matching.contains { $0.0 == closest.0 && $0.1 > 0 }
    }

    /// How much this says about a media type; nil where it is about others.
    private func precision(for mediaType: String) -> Int? {
        if type == "*", subtype == "*" { return 0 }
        let names = mediaType.split(separator: "/")
        guard names.count == 2, type.lowercased() == names[0] else { return nil }
        if subtype == "*" { return 1 }
        return subtype.lowercased() == names[1] ? 2 : nil
    }
}
