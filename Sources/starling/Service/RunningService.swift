import API
import Events
import Foundation
import HTTP
import HTTPServer
import Jobs
import Logging
import Recommenders
import Serving
import Store
import Support
import TrainerPipe

/// The service put together: the only place where store, models, jobs and server meet.
struct RunningService: Sendable {
    /// Where a running service leaves its address for the commands that go through it.
    static let addressSetting = "service.address"

    let store: Store
    let supervisor: Supervisor
    let retention: Retention
    let recommendations: RecommendationService
    let readiness: Readiness
    private let keys: KeyRing
    private let server: HTTPServer
    private let stopGrace: Duration
    private let accessLog: AccessLog?
    private let hangups: Hangups?

    /// Opens the store and brings back what was in service; the server isn't listening yet.
    init(_ settings: Settings, logger: Logger) async throws {
        let clock = SystemWallClock()
        try settings.requireKeyUnlessLoopback()
        store = try Store.open(
            try settings.storeOptions(), meanings: settings.meanings, clock: clock,
            tell: { logger.notice("\($0)") })
        do {
            // What a killed service left there would send others to a stranger.
            try await Self.forgetAddress(store)
            keys = try await Self.keys(settings, store, logger)
            recommendations = RecommendationService(
                reader: store.reader, options: try settings.servingOptions(),
                meanings: settings.meanings, modelNames: ModelRegistry.names,
                clock: clock)
            let loader = ModelLoader(
                reader: store.reader, items: recommendations.items,
                slots: recommendations.slots)
            supervisor = try await Supervisor(
                store: store, slots: recommendations.slots, loader: loader,
                options: try settings.jobOptions(), clock: clock, logger: logger)
            store.health.observe { fault in
                if let fault {
                    logger.error("events can't be stored", metadata: ["reason": "\(fault)"])
                } else {
                    logger.notice("events can be stored again")
                }
            }
            retention = Retention(store: store, options: try settings.retention(), clock: clock)
            try await recommendations.start(following: store)
            store.observeAppends { [supervisor] in supervisor.noteAppended($0) }
            try await store.failUnfinishedJobs(reason: "the service stopped while the job ran")
            try await supervisor.deployments.restore(logger: logger)
            readiness = Readiness()
            accessLog = try settings.accessLog(clock: clock, logger: logger)
            hangups = accessLog.map { log in Hangups { log.reopen() } }
            var serverOptions = try settings.serverOptions()
            serverOptions.onAnswered = accessLog?.note
            let room = OpenFiles.makeRoomForConnections()
            if room < serverOptions.maxConnections {
                logger.warning(
                    "the system allows fewer open files than http.maximumConnections asks for",
                    metadata: ["connections": "\(room)"])
                serverOptions.maxConnections = room
            }
            var apiOptions = try settings.apiOptions()
            apiOptions.version = Starling.version
            (apiOptions.serverMetrics, apiOptions.accessLog) = (serverOptions.metrics, accessLog)
            let api = APIService(
                store: store, recommendations: recommendations, supervisor: supervisor,
                keys: keys, options: apiOptions, readiness: readiness, clock: clock)
            api.removeLeftOvers()
            serverOptions.admission = api.admission
            server = HTTPServer(options: serverOptions, router: try api.router(), logger: logger)
            stopGrace = try settings.stopGrace()
        } catch {
            try store.close()
            throw error
        }
    }

    /// Nobody is let in without a key.
    var needsKey: Bool { !keys.isOpen }

    /// Listens from now on.
    ///
    /// - Returns: The service's base URL.
    func listen() async throws -> String {
        let url = "http://\(try server.start())"
        try await store.setSetting(KeyRing.commandKeySetting, keys.commandKey)
        try await store.setSetting(Self.addressSetting, url)
        readiness.becomeReady()
        return url
    }

    /// Stops listening and answers what is in flight.
    func stopListening() async {
        readiness.becomeUnready("stopping")
        let start = ContinuousClock.now
        await server.stop(within: stopGrace)
        let left = stopGrace - (ContinuousClock.now - start)
        accessLog?.close(within: Self.logPatience(left: left))
    }

    /// For the access log to be written, where somebody may not read it: out of what is left of
    /// `http.stopSeconds`, but for the moment that the last lines need.
    static func logPatience(left: Duration) -> Duration {
        min(max(left, .milliseconds(500)), .seconds(5))
    }

    /// Closes the database: one file is all that is left.
    func close() async throws {
        do {
            try await Self.forgetAddress(store)
        } catch {
            // The disk may be full: the next start forgets it.
            try store.close()
            throw error
        }
        try store.close()
    }

    /// No service listens for commands.
    static func forgetAddress(_ store: Store) async throws {
        try await store.setSetting(addressSetting, nil)
        try await store.setSetting(KeyRing.commandKeySetting, nil)
    }

    /// The keys that let callers in.
    ///
    /// - Throws: `ConfigurationSources.Invalid` where strangers would reach a service without one.
    private static func keys(
        _ settings: Settings, _ store: Store, _ logger: Logger
    ) async throws -> KeyRing {
        let keys = KeyRing(
            hasher: store.keyHasher, configured: settings.apiKey, isLocal: settings.isLocal
        ) { id, time in
            Task {
                do {
                    try await store.noteUse(ofKey: id, at: time)
                } catch {
                    logger.warning(
                        "the use of a key couldn't be stored", metadata: ["reason": "\(error)"])
                }
            }
        }
        try await keys.load(from: store.reader)
        guard keys.letsAnybodyIn else {
            guard settings.isLocal else { throw settings.missingKey }
            logger.warning(
                "every key is revoked: nobody may call until 'starling keys create' makes a new one"
            )
            return keys
        }
        return keys
    }
}
