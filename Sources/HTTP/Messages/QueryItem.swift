/// One `name=value` of a query, decoded.
///
/// A `+` means a space here, though RFC 3986 leaves it alone: the query builders of browsers
/// (WHATWG URL, `application/x-www-form-urlencoded`), Python, Go and Java all write a space as `+`
/// and a plus as `%2B`, so the other reading would silently change ids that hold spaces.
package struct QueryItem: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Splits a query at its `&`. Nil where a part is badly encoded.
    package static func parse(_ query: Substring.UTF8View) -> [QueryItem]? {
        var items: [QueryItem] = []
        items.reserveCapacity(4)
        var rest = query
        while !rest.isEmpty {
            let part = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[part.endIndex...].dropFirst()
            if part.isEmpty { continue }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = PercentEncoding.decode(part[..<equals], plusIsSpace: true),
                let value = PercentEncoding.decode(
                    part[equals...].dropFirst(), plusIsSpace: true)
            else { return nil }
            items.append(QueryItem(name: name, value: value))
        }
        return items
    }
}
