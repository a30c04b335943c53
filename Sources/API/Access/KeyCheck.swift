import Foundation
import HTTP
import HTTPServer
import Support

/// Who may call: with a key, whoever sends it, within its scopes; without one, programs on this
/// machine, but no web page through a browser that runs here.
///
/// Judged by a request's head, once, with what its route asks for at hand.
struct KeyCheck: Sendable {
    let keys: KeyRing
    let audit: AuditLog
    let clock: any WallClock
    /// Nil where nobody's requests are counted.
    var rates: RequestRates?
    /// Nil where as many keys may be tried as anybody likes.
    var failures: FailedKeys?

    /// The judgement for routes of this access.
    func admission(for access: Access) -> Admission {
        switch access {
        case .anybody: { _ in }
        case .anyKey: { request in try judge(&request, nil) }
        case .scope(let scope): { request in try judge(&request, scope) }
        }
    }

    private func judge(_ request: inout Request, _ scope: KeyScope?) throws {
        do {
            let scopes = try identify(&request)
            try rates?.count(request)
            if let scope { try require(scope, of: scopes) }
        } catch let problem as Problem {
            try refuse(request, scope, problem)
        }
    }

    private func refuse(
        _ request: Request, _ scope: KeyScope?, _ problem: Problem
    ) throws -> Never {
        // Without a key, or with a wrong one, it counts for the client.
        if problem.status == .unauthorized { try rates?.count(request) }
        if scope == .admin, problem.status != .tooManyRequests {
            audit.noteRefusal(of: request, problem.status)
        }
        throw problem
    }

    private func require(_ scope: KeyScope, of scopes: KeyScopes) throws {
        guard scopes.contains(KeyScopes(scope)) else {
            throw Problem(
                .forbidden, type: "insufficient-scope",
                "this needs a key with the scope \(scope.rawValue)",
                fields: [
                    "WWW-Authenticate":
                        "Bearer error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
                ])
        }
    }

    /// Notes in the request who calls.
    ///
    /// - Returns: What he may do.
    private func identify(_ request: inout Request) throws -> KeyScopes {
        try refuseWhoeverGuesses(request)
        if let holder = holder(of: request) {
            request.caller = holder.caller
            return holder.scopes
        }
        guard keys.isOpen else {
            if request.fields["Authorization"] != nil { failures?.note(request.clientAddress) }
            throw Problem(
                .unauthorized, type: "unauthorized", "a valid key is required",
                fields: ["WWW-Authenticate": "Bearer"])
        }
        try checkThatNoWebPageAsks(request)
        request.caller = .loopback
        return .all
    }

    /// Before the key is compared, so that a right guess tells as little as a wrong one. This machine's
    /// own address is everybody's behind a proxy that isn't trusted: one who guesses would lock out all.
    private func refuseWhoeverGuesses(_ request: Request) throws {
        if let wait = failures?.wait(of: request.clientAddress), !request.clientAddress.isLoopback {
            throw Problem.tooManyFailedKeys(wait)
        }
    }

    private func holder(of request: Request) -> KeyRing.Holder? {
        let found = request.fields.withFirst("Authorization") { value -> KeyRing.Holder? in
            guard let key = Self.bearerToken(UnsafeRawBufferPointer(value)) else { return nil }
            return keys.holder(of: key, now: clock.now())
        }
        return found ?? nil
    }

    /// RFC 6750 section 2.1.
    private static func bearerToken(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let scheme = "bearer ".utf8
        guard value.count > scheme.count,
            zip(value, scheme).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && $1 != 0x20 })
        else { return nil }
        var rest = value[scheme.count...]
        while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
        while rest.last == UInt8(ascii: " ") { rest.removeLast() }
        return rest.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: rest)
    }

    /// Host is checked against DNS rebinding: a page's own name resolved to this machine. Origin
    /// is what a browser adds to requests that a page makes across origins.
    private func checkThatNoWebPageAsks(_ request: Request) throws {
        guard request.clientAddress.isLoopback else {
            throw Problem(
                .forbidden, type: "forbidden",
                "without a configured key only programs on this machine may call")
        }
        if let host = request.fields["Host"], !LoopbackHost.isName(host) {
            throw Problem(
                .forbidden, type: "forbidden",
                "without a configured key only localhost may be the Host")
        }
        if let origin = request.fields["Origin"] {
            guard let scheme = origin.range(of: "://"),
                LoopbackHost.isName(String(origin[scheme.upperBound...]))
            else {
                throw Problem(
                    .forbidden, type: "forbidden",
                    "without a configured key no web page may call this service")
            }
        }
    }
}
