import Foundation
import HTTP
import HTTPServer
import Store
import Support
import Synchronization

/// Writes down who administrated what, when, and with what result.
///
/// Calls on routes of the scope `admin` that change something, and refused ones of every method; with
/// `auditsReads` also those that only look. An entry is stored before its call is answered. What was
/// done isn't undone where the entry can't be stored: that is an error in the program's log.
///
/// Nobody's ids get in: of a path's parameters only those that name a model, a version, a job or a
/// key.
final class AuditLog: Sendable {
    private static let namedParameters = ["name", "version", "id"]
    /// What a stranger's path names is cut off here.
    private static let targetLength = 100
    /// Refusals beyond this are only counted: a stranger doesn't make the disk work.
    private static let refusalRate = BucketRate(perSecond: 1, burst: 60)

    private let store: Store
    private let keys: KeyRing
    private let clock: any WallClock
    private let monotonicClock: any MonotonicClock
    private let auditsReads: Bool
    /// Taken by the loops.
    private let refusals = Mutex(Refusals())

    private struct Refusals {
        var bucket = TokenBucket()
        var omitted = 0
    }

    init(
        store: Store, keys: KeyRing, clock: any WallClock,
        monotonicClock: any MonotonicClock = SystemMonotonicClock(), auditsReads: Bool
    ) {
        self.store = store
        self.keys = keys
        self.clock = clock
        self.monotonicClock = monotonicClock
        self.auditsReads = auditsReads
    }

    /// The route's handler, with the log around it where the route is to be audited.
    func handler(of route: Route) -> Handler {
        guard route.access == .scope(.admin), route.method != .get || auditsReads else {
            return route.unpackingHandler
        }
        let handler = route.unpackingHandler
        return { [self] request in
            let entry = entry(of: request)  // before the call, which may revoke its own key
            do {
                switch try handler(request) {
                case .now(let response): return noted(entry) { response }
                case .later(let respond): return noted(entry, respond)
                }
            } catch {
                return .work(for: request) { [self] in
                    let status = ErrorResponse.problem(for: error)?.status
                    await record(entry, status ?? .internalServerError)
                    throw error
                }
            }
        }
    }

    /// For a call that never gets to its handler.
    func noteRefusal(of request: Request, _ status: Status) {
        let now = monotonicClock.now().nanoseconds
        let omitted = refusals.withLock { refusals -> Int? in
            guard refusals.bucket.take(at: now, Self.refusalRate) == nil
            else {
                refusals.omitted += 1
                return nil
            }
            defer { refusals.omitted = 0 }
            return refusals.omitted
        }
        guard let omitted else { return }
        var entry = entry(of: request)
        entry.omitted = omitted
        Task { [entry] in await record(entry, status) }
    }

    private func noted(
        _ entry: AuditEntry, _ respond: @escaping @Sendable () async -> Response
    ) -> Reply {
        .later { [self] in
            let response = await respond()
            await record(entry, response.status)
            return response
        }
    }

    private func entry(of request: Request) -> AuditEntry {
        let keyID = request.caller.keyID
        let targets = Self.namedParameters.compactMap { request.parameters[$0] }
        return AuditEntry(
            time: clock.now(), caller: AuditEntry.Caller(request.caller), keyID: keyID,
            keyName: keyID.flatMap(keys.name),
            address: request.clientAddress == .unspecified
                ? nil : request.clientAddress.description,
            method: request.method.rawValue, route: request.route,
            target: targets.isEmpty
                ? nil : String(targets.joined(separator: "/").printable.prefix(Self.targetLength)))
    }

    private func record(_ entry: AuditEntry, _ status: Status) async {
        var entry = entry
        entry.status = status.code
        do {
            try await store.appendAudit(entry)
        } catch {
            APIService.logger.error(
                "an administrative call couldn't be audited",
                metadata: [
                    "reason": "\(error)", "method": "\(entry.method)", "route": "\(entry.route)",
                    "status": "\(entry.status)", "key": "\(entry.keyID ?? 0)",
                ])
        }
    }
}

extension AuditEntry.Caller {
    init(_ caller: CallerID) {
        self =
            switch caller {
            case .loopback: .loopback
            case .configured: .configured
            case .command: .command
            default: caller.keyID == nil ? .unknown : .key
            }
    }
}
