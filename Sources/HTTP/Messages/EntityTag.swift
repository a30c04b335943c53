/// Names a state of a resource (RFC 9110 section 8.8.3).
struct EntityTag: Equatable {
    let isWeak: Bool
    let opaque: Substring

    /// The tags of an If-Match or If-None-Match field; nil where it is malformed.
    static func list(_ field: String) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = field[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            guard !rest.isEmpty else { return tags }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else {
                return nil
            }
            tags.append(EntityTag(isWeak: isWeak, opaque: rest[...end].dropFirst().dropLast()))
            rest = rest[end...].dropFirst()
        }
    }

    /// Weak comparison (section 8.8.3.2).
    func weaklyMatches(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// Strong comparison.
    func stronglyMatches(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque == other.opaque
    }
}
