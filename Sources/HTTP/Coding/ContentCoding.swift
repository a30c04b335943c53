/// The content codings that are spoken here (RFC 9110 section 8.4.1).
package enum ContentCoding: Hashable, Sendable {
    case identity, gzip

    /// The coding of a request's content.
    ///
    /// - Throws: `Problem`: 415 that names what is taken (section 15.5.16).
    package init(of request: Request) throws(Problem) {
        guard request.fields.contains("Content-Encoding") else {
            self = .identity
            return
        }
        let names = request.fields.list("Content-Encoding")
            .map { $0.lowercased() }
            .filter { $0 != "identity" }
        switch names {
        case []: self = .identity
        case ["gzip"], ["x-gzip"]: self = .gzip
        default:
            throw Problem(
                .unsupportedMediaType, type: "unsupported-content-encoding",
                "Content-Encoding must be gzip, once, or absent",
                fields: ["Accept-Encoding": "gzip"])
        }
    }

    /// The coding that a client likes best of those that are spoken here (section 12.5.3). A
    /// malformed field says nothing.
    package static func preferred(by fields: Fields) -> ContentCoding {
        guard fields.contains("Accept-Encoding") else { return .identity }
        var weights: [String: Double] = [:]
        for element in fields.list("Accept-Encoding") {
            let parts = element.split(separator: ";", omittingEmptySubsequences: false)
                .map { $0.trimmedOfBlanks.lowercased() }
            guard let name = parts.first, !name.isEmpty else { continue }
            guard let weight = weight(parts.dropFirst()) else { return .identity }
            weights[name == "x-gzip" ? "gzip" : name] = weight
        }
        let gzip = weights["gzip"] ?? weights["*"] ?? 0
        // Nothing is said of identity as a rule; then whatever is asked for comes first.
        return gzip > 0 && gzip >= (weights["identity"] ?? 0) ? .gzip : .identity
    }

    private static func weight(_ parameters: ArraySlice<String>) -> Double? {
        guard let first = parameters.first else { return 1 }
        guard parameters.count == 1, first.hasPrefix("q="),
            let weight = Double(first.dropFirst(2)), (0...1).contains(weight)
        else { return nil }
        return weight
    }
}
