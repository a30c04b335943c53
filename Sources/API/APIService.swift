import Foundation
import HTTP
import HTTPServer
import Jobs
import Logging
import Serving
import Store
import Support
import Synchronization

/// What the routes work with, and the table of them all.
package struct APIService: Sendable {
    /// The bounds in here are those that handlers keep, who know what a key, an upload or an export
    /// is; those of connections and messages hold for any routes, and stand in `HTTPServerOptions`.
    package struct Options: Sendable {
        /// What `failedKeyRate` is made of, each for a configuration that gives only the other.
        package static let failedKeysPerSecond = 10.0
        package static let failedKeyBurst = 100

        package var maximumBodyBytes = 8 << 20
        /// Of events and items, whose content is read as a stream; one more gets 503.
        package var maximumUploads = 1024
        /// Of everything about a user, each of some MiB; one more gets 503.
        package var maximumExports = 4
        /// Administrative calls that only look are written down, too.
        package var auditsReads = false
        /// What each key may ask, and each client without one; nil for as much as it likes.
        package var requestRate: BucketRate?
        /// How many keys that aren't valid each client may bring; nil for as many as it likes. A
        /// program that still has an old key stays below the burst for long enough to be noticed by
        /// its 401; a guesser gets less than a million tries a day, where a key of 20 letters and
        /// digits takes 10^31.
        package var failedKeyRate: BucketRate? = BucketRate(
            perSecond: Self.failedKeysPerSecond, burst: Self.failedKeyBurst)
        package var monotonicClock: any MonotonicClock = SystemMonotonicClock()
        /// Of the program, for the metrics.
        package var version = "unknown"
        /// What the server counts, and its log where there is one.
        package var serverMetrics = HTTPServerMetrics()
        package var accessLog: AccessLog?
        /// Where backups come; nil for the database's own folder.
        package var backupFolder: String?

        package init() {}
    }

    static let logger = Logger(label: "starling.api")

    let store: Store
    let recommendations: RecommendationService
    let supervisor: Supervisor
    let keys: KeyRing
    let options: Options
    let clock: any WallClock
    let readiness: Readiness
    let startedAt: Timestamp
    let metrics: ServiceMetrics
    /// What uploads hold of their content is counted among all requests' (`BodyBudget`); what their
    /// connections have read ahead is bounded by their number.
    let uploadPlaces: Places
    let exportPlaces: Places
    private let audit: AuditLog
    private let rates: RequestRates?
    private let failures: FailedKeys?
    let backup = BackupTurn()

    package init(
        store: Store, recommendations: RecommendationService, supervisor: Supervisor,
        keys: KeyRing, options: Options, readiness: Readiness, clock: any WallClock
    ) {
        self.store = store
        self.recommendations = recommendations
        self.supervisor = supervisor
        self.keys = keys
        self.options = options
        self.readiness = readiness
        self.clock = clock
        startedAt = clock.now()
        audit = AuditLog(
            store: store, keys: keys, clock: clock, monotonicClock: options.monotonicClock,
            auditsReads: options.auditsReads)
        uploadPlaces = Places(options.maximumUploads, refusal: .tooManyUploads)
        exportPlaces = Places(options.maximumExports, refusal: .tooManyExports)
        rates = options.requestRate.map { RequestRates($0, clock: options.monotonicClock) }
        failures = options.failedKeyRate.map { FailedKeys($0, clock: options.monotonicClock) }
        metrics = ServiceMetrics(models: recommendations.modelNames)
    }

    /// For the start of a service: removes what a killed process has left half done beside the
    /// database, which no erasure would reach.
    package func removeLeftOvers() {
        BackupRoutes(service: self).removeBrokenOff()
    }

    /// Every route of this version, a line for each resource.
    func routes() throws -> [Route] {
        let routes =
            EventsRoutes(service: self).routes
            + ItemsRoutes(service: self).routes
            + UsersRoutes(service: self).routes
            + RecommendationsRoutes(service: self).routes
            + JobsRoutes(service: self).routes
            + ModelsRoutes(service: self).routes
            + KeysRoutes(service: self).routes
            + AuditRoutes(service: self).routes
            + StatsRoutes(service: self).routes
            + BackupRoutes(service: self).routes
            + HealthRoutes(service: self).routes
            + MetricsRoutes(service: self).routes
        let document = try OpenAPIRoutes(
            describing: routes, models: recommendations.modelNames)
        return routes + document.routes
    }

    package func router() throws -> Router {
        var router = Router()
        for route in try routes() {
            router.on(
                route.method, route.pattern, body: route.body,
                admission: keyCheck.admission(for: route.access),
                isEssential: route.isEssential, audit.handler(of: route))
        }
        return router
    }

    /// For paths and methods without a route: not even that is told to a stranger.
    package var admission: Admission { keyCheck.admission(for: .anyKey) }

    private var keyCheck: KeyCheck {
        KeyCheck(keys: keys, audit: audit, clock: clock, rates: rates, failures: failures)
    }
}

/// Whether the first answer can be given. Written by the start and the stop, read by the loops.
package final class Readiness: Sendable {
    private let reason = Mutex<String?>("starting")

    package init() {}

    /// Nil when ready.
    package var missing: String? { reason.withLock { $0 } }

    package func becomeReady() { reason.withLock { $0 = nil } }

    package func becomeUnready(_ why: String) { reason.withLock { $0 = why } }
}
