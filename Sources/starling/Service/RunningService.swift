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
    let recommendations: RecommendationService
    let readiness: Readiness
    private let server: HTTPServer
    private let stopGrace: Duration
    private let accessLog: AccessLog?
    private let hangups: Hangups?

    /// Opens the store and brings back what was in service; the server isn't listening yet.
    init(_ settings: Settings, logger: Logger) async throws {
        let clock = SystemWallClock()
        try settings.requireKeyUnlessLoopback()
        store = try Store.open(
            try settings.storeOptions(), meanings: settings.meanings, clock: clock)
        do {
            // What a killed service left there would send others to a stranger.
            try await store.setSetting(Self.addressSetting, nil)
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
            try await recommendations.start(following: store)
            store.observeAppends { [supervisor] in supervisor.noteAppended($0) }
            try await store.failUnfinishedJobs(reason: "the service stopped while the job ran")
            try await supervisor.deployments.restore(logger: logger)
            readiness = Readiness()
            accessLog = try settings.accessLog(clock: clock, logger: logger)
            hangups = accessLog.map { log in Hangups { log.reopen() } }
            var serverOptions = try settings.serverOptions()
            serverOptions.onExchange = accessLog?.note
            var apiOptions = try settings.apiOptions()
            apiOptions.version = Starling.version
            (apiOptions.serverMetrics, apiOptions.accessLog) = (serverOptions.metrics, accessLog)
            let api = APIService(
                store: store, recommendations: recommendations, supervisor: supervisor,
                options: apiOptions, readiness: readiness, clock: clock)
            let keyCheck = KeyCheck(key: settings.apiKey)
            serverOptions.admission = keyCheck.admit
            server = HTTPServer(
                options: serverOptions, router: try api.router(), middleware: [keyCheck.middleware],
                logger: logger)
            stopGrace = try settings.stopGrace()
        } catch {
            try store.close()
            throw error
        }
    }

    /// Listens from now on.
    ///
    /// - Returns: The service's base URL.
    func listen() async throws -> String {
        let url = "http://\(try server.start())"
        try await store.setSetting(Self.addressSetting, url)
        readiness.becomeReady()
        return url
    }

    /// Stops listening and answers what is in flight.
    func stopListening() async {
        readiness.becomeUnready("stopping")
        await server.stop(within: stopGrace)
        accessLog?.close()
    }

    /// Closes the database: one file is all that is left.
    func close() async throws {
        try await store.setSetting(Self.addressSetting, nil)
        try store.close()
    }
}
