import Crypto
import Foundation
import HTTP
import HTTPServer

/// Who may call: with a key, whoever sends it; without one, programs on this machine, but no web
/// page through a browser that runs here.
package struct KeyCheck: Sendable {
    /// These answer without a key: whoever watches a process, or reads how to call it, needs none.
    private static let openPaths: Set<String> = [
        "/health/live", "/health/ready", OpenAPIRoutes.path,
    ]

    /// Hashed, so that comparing takes the same time whatever was sent.
    private let hashedKey: SHA256.Digest?

    package init(key: String?) {
        hashedKey = key.map { SHA256.hash(data: Data($0.utf8)) }
    }

    /// Judges a request by its head, so that nobody's body is read without a key.
    package func admit(_ request: Request) throws {
        if !Self.openPaths.contains(request.path) { try check(request) }
    }

    /// Also for what never gets as far as to be admitted: paths without a route.
    package func middleware(_ request: Request, _ next: Handler) throws -> Reply {
        try admit(request)
        return try next(request)
    }

    private func check(_ request: Request) throws {
        if let hashedKey {
            let given = Self.bearerToken(request) ?? ""
            guard SHA256.hash(data: Data(given.utf8)) == hashedKey else {
                throw Problem(
                    .unauthorized, type: "unauthorized", "a valid key is required",
                    fields: ["WWW-Authenticate": "Bearer"])
            }
        } else {
            try checkThatNoWebPageAsks(request)
        }
    }

    /// RFC 6750 section 2.1.
    private static func bearerToken(_ request: Request) -> String? {
        guard let value = request.fields["Authorization"] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }

    /// Host is checked against DNS rebinding: a page's own name resolved to this machine. Origin
    /// is what a browser adds to requests that a page makes across origins.
    private func checkThatNoWebPageAsks(_ request: Request) throws {
        if let host = request.fields["Host"], !Self.isLoopback(host: host) {
            throw Problem(
                .forbidden, type: "forbidden",
                "without a configured key only localhost may be the Host")
        }
        if let origin = request.fields["Origin"] {
            guard let scheme = origin.range(of: "://"),
                Self.isLoopback(host: String(origin[scheme.upperBound...]))
            else {
                throw Problem(
                    .forbidden, type: "forbidden",
                    "without a configured key no web page may call this service")
            }
        }
    }

    /// `localhost`, `127.…` or `[::1]`, with or without a port.
    package static func isLoopback(host: String) -> Bool {
        var name = Substring(host.lowercased())
        if name == "::1" { return true }
        if let colon = name.lastIndex(of: ":"), name.last != "]" {
            guard name[colon...].dropFirst().allSatisfy(\.isWholeNumber) else { return false }
            name = name[..<colon]
        }
        if name == "localhost" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
