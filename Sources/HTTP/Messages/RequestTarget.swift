/// A request target taken apart (RFC 9112 section 3.2).
package struct RequestTarget: Sendable {
    package let path: String
    package let query: [QueryItem]
    /// The authority of an absolute-form target, which overrules the Host field (section 3.2.2).
    package let authority: String?

    /// - Throws: `Problem` (400) when the target has none of the four forms, or its query is badly
    ///   encoded; 501 for the authority-form, since nothing is tunnelled here.
    package init(_ target: String, method: Method) throws(Problem) {
        guard method != .connect else {
            throw Problem(.notImplemented, type: "method-not-implemented", "CONNECT isn't offered")
        }
        if target.utf8.first == UInt8(ascii: "/") {
            authority = nil
            (path, query) = try Self.split(target[...])
        } else if target == "*", method == .options {
            (authority, path, query) = (nil, "*", [])
        } else {
            let (authority, rest) = try Self.splitAbsolute(target)
            self.authority = authority
            (path, query) = try Self.split(rest)
        }
    }

    private static func split(_ target: Substring) throws(Problem) -> (String, [QueryItem]) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            return (String(target), [])
        }
        guard let query = QueryItem.parse(target[mark...].utf8.dropFirst()) else {
            throw .badRequest("invalid-target", "the query is badly percent-encoded")
        }
        return (String(target[..<mark]), query)
    }

    /// `http://authority/path?query`; the path may be missing (section 3.2.2).
    private static func splitAbsolute(_ target: String) throws(Problem) -> (String, Substring) {
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            // Bytes: a character may be a slash with a mark above it.
            let slash = UInt8(ascii: "/")
            let end = rest.utf8.firstIndex { $0 == slash || $0 == UInt8(ascii: "?") }
            let authority = rest[..<(end ?? rest.endIndex)]
            guard !authority.isEmpty else { break }
            let pathAndQuery = rest[authority.endIndex...]
            let hasPath = pathAndQuery.utf8.first == slash
            return (String(authority), hasPath ? pathAndQuery : "/" + pathAndQuery)
        }
        throw .badRequest("invalid-target", "the request target has no valid form")
    }
}
