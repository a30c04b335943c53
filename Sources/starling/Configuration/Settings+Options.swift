import API
import Events
import Foundation
import HTTPServer
import Jobs
import Logging
import Recommenders
import Serving
import Store
import Support
import TrainerPipe

/// From the configuration to each module's own options.
extension Settings {
    /// Reads every setting once, so that a wrong one is found before anything is opened.
    func check() throws {
        _ = try storeOptions()
        _ = try servingOptions()
        _ = try jobOptions()
        _ = try apiOptions()
        _ = try serverOptions()
        _ = try stopGrace()
        _ = try retention()
        _ = try loggerLevel()
        try checkModels()
    }

    private func checkModels() throws {
        for (name, settings) in models.sorted(by: { $0.key < $1.key }) where !settings.isEmpty {
            do {
                try ModelRegistry.check(settings, of: name)
            } catch let error as ModelError {
                throw ConfigurationSources.Invalid(description: "models.\(name): \(error)")
            }
        }
    }

    /// Only this machine reaches the service.
    var isLocal: Bool { LoopbackHost.isName(host.contains(":") ? "[\(host)]" : host) }

    /// Without a key only this machine may reach the service, nor with one that can be guessed.
    /// Whether an existing database has one is looked at when it is open.
    func requireKeyUnlessLoopback() throws {
        guard !isLocal else { return }
        if let apiKey {
            if apiKey.utf8.count < Self.leastKeyLength { throw shortKey }
        } else if !FileManager.default.fileExists(atPath: database) {
            throw missingKey
        }
    }

    /// Of 20 letters and digits there are 10^31.
    private static let leastKeyLength = 20

    private var shortKey: ConfigurationSources.Invalid {
        ConfigurationSources.Invalid(
            description: "the key in \(isGiven("apiKey") ? "apiKey" : "apiKeyFile") is too short "
                + "for a service that listens on \(host): it needs \(Self.leastKeyLength) "
                + "characters. 'openssl rand -hex 32' prints one, 'starling keys create' makes one "
                + "that needn't be configured")
    }

    var missingKey: ConfigurationSources.Invalid {
        ConfigurationSources.Invalid(
            description: "without a key the service listens on this machine only, not on \(host): "
                + "make one with 'starling keys create', set STARLING_API_KEY, or listen on "
                + "127.0.0.1")
    }

    func storeOptions() throws -> StoreOptions {
        var options = StoreOptions(
            path: database,
            readers: try integer("store.readers", in: 1...64, default: 2),
            queueCapacity: try integer("store.queueCapacity", in: 1...1_000_000, default: 4096),
            cacheMebibytes: try integer("store.cacheMebibytes", in: 1...65536, default: 256),
            popularityHalfLifeDays: try halfLifeDays(),
            keptCheckpoints: try integer("store.keptCheckpoints", in: 1...1000, default: 5),
            auditedCalls: try integer("audit.maximumEntries", in: 10...10_000_000, default: 100_000)
        )
        options.keptServedCheckpoints = try integer(
            "store.keptServedCheckpoints", in: 0...1_000_000, default: 0)
        options.recommendationLog = try recommendationLogOptions()
        return options
    }

    private func recommendationLogOptions() throws -> RecommendationLogOptions {
        var options = RecommendationLogOptions()
        options.samplingRate = try number(
            "recommendationLog.samplingRate", in: 0...1, default: options.samplingRate)
        options.queueCapacity = try integer(
            "recommendationLog.queueCapacity", in: 1...1_000_000, default: options.queueCapacity)
        options.keptDays = try integer(
            "recommendationLog.keptDays", in: 1...3650, default: options.keptDays)
        options.keptAnswers = try integer(
            "recommendationLog.keptAnswers", in: 0...1_000_000_000, default: options.keptAnswers)
        return options
    }

    /// How long events stay in the log, by their types.
    func retention() throws -> RetentionOptions {
        var options = RetentionOptions()
        options.interval = .seconds(
            60 * (try number("retention.everyMinutes", in: 0.01...1_000_000, default: 60)))
        for type in configuredTypes.sorted() {
            options.rules[type] = try retentionRule("events.types.\(type).")
        }
        return options
    }

    /// Nil where everything stays.
    private func retentionRule(_ prefix: String) throws -> RetentionOptions.Rule? {
        var rule = RetentionOptions.Rule()
        if isGiven(prefix + "keptDays") {
            rule.keptDays = try number(prefix + "keptDays", in: 0.01...100_000, default: 0)
        }
        if isGiven(prefix + "keptEvents") {
            rule.keptEvents = try integer(
                prefix + "keptEvents", in: 0...1_000_000_000_000, default: 0)
        }
        let key = prefix + "whenOld"
        switch text(key, default: "fold") {
        case "fold": rule.isFolded = true
        case "drop": rule.isFolded = false
        default:
            throw ConfigurationSources.Invalid(description: "\(key) must be fold or drop")
        }
        guard rule.keptDays != nil || rule.keptEvents != nil else {
            guard !isGiven(key) else {
                throw ConfigurationSources.Invalid(
                    description: "\(key) has no effect without keptDays or keptEvents")
            }
            return nil
        }
        return rule
    }

    func servingOptions() throws -> ServingOptions {
        var options = ServingOptions()
        options.cachedBytes = try integer(
            "serving.cachedBytes", in: 1000...1_000_000_000_000, default: options.cachedBytes)
        options.historyLength = try integer(
            "serving.historyLength", in: 1...100_000, default: options.historyLength)
        options.popularityHalfLifeDays = try halfLifeDays()
        options.defaultModel = text("serving.defaultModel", default: options.defaultModel)
        let known = [ModelChoice.name] + enabledModels
        guard known.contains(options.defaultModel) else {
            throw ConfigurationSources.Invalid(
                description: "serving.defaultModel must be \(ModelChoice.name) or one of "
                    + "models.enabled: " + enabledModels.joined(separator: ", "))
        }
        return options
    }

    func jobOptions() throws -> JobOptions {
        var options = JobOptions(
            database: database, enabledModels: enabledModels,
            knownModels: ModelRegistry.names,
            workers: try integer(
                "trainer.workers", in: 1...256,
                default: ProcessInfo.processInfo.activeProcessorCount))
        options.retrainsByItself = try flag("retrain.enabled", default: true)
        options.retrainAfterEvents = try integer(
            "retrain.afterEvents", in: 1...1_000_000_000, default: options.retrainAfterEvents)
        options.retrainAfter = .seconds(
            60 * (try number("retrain.afterMinutes", in: 0.01...1_000_000, default: 60)))
        options.retrainsAfterErasure = try flag(
            "erasure.retrain", default: options.retrainsAfterErasure)
        options.settings = models
        options.preprocessing = try preprocessing()
        options.meanings = meanings.byType.mapValues(TrainerRequest.Meaning.init)
        options.seed = UInt64(try integer("trainer.seed", in: 0...Int.max, default: 1))
        let mebibytes = try integer("trainer.memoryMebibytes", in: 0...1_000_000, default: 4096)
        options.memoryBytes = mebibytes << 20
        options.niceness = try integer("trainer.niceness", in: 0...19, default: options.niceness)
        return options
    }

    func preprocessing() throws -> PreprocessingSettings {
        let days = 0.0...100_000
        let counts = 0...1_000_000_000
        var settings = PreprocessingSettings()
        settings.duplicateSeconds = try number(
            "preprocessing.duplicateSeconds", in: 0...86_400, default: settings.duplicateSeconds)
        settings.maximumEventsPerDay = try integer(
            "preprocessing.maximumEventsPerDay", in: counts, default: settings.maximumEventsPerDay)
        settings.minimumEventsPerUser = try integer(
            "preprocessing.minimumEventsPerUser", in: counts,
            default: settings.minimumEventsPerUser)
        settings.minimumEventsPerItem = try integer(
            "preprocessing.minimumEventsPerItem", in: counts,
            default: settings.minimumEventsPerItem)
        settings.halfLifeDays = try number(
            "preprocessing.halfLifeDays", in: days, default: settings.halfLifeDays)
        settings.windowDays = try number(
            "preprocessing.windowDays", in: days, default: settings.windowDays)
        return settings
    }

    func apiOptions() throws -> APIService.Options {
        var options = APIService.Options()
        options.maximumBodyBytes = try maximumBodyBytes()
        options.maximumUploads = try integer(
            "http.maximumUploads", in: 1...1_000_000, default: options.maximumUploads)
        options.maximumExports = try integer(
            "http.maximumExports", in: 1...1_000_000, default: options.maximumExports)
        options.auditsReads = try flag("audit.reads", default: options.auditsReads)
        options.requestRate = try requestRate()
        options.failedKeyRate = try failedKeyRate()
        options.backupFolder = optionalText("backup.folder")
        return options
    }

    /// The access log, where one is wanted.
    func accessLog(clock: any WallClock, logger: Logger) throws -> AccessLog? {
        let path = text("http.accessLog", default: "")
        guard !path.isEmpty else { return nil }
        do {
            return try AccessLog(path: path, clock: clock) { error in
                logger.error("\(error)")
            }
        } catch {
            throw ConfigurationSources.Invalid(description: "http.accessLog: \(error)")
        }
    }

    /// How long a stopping service waits for what is in flight.
    func stopGrace() throws -> Duration {
        .seconds(try integer("http.stopSeconds", in: 0...3600, default: 10))
    }

    func makeLogger() throws -> Logger {
        let level = try loggerLevel()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler(
                label: label, stream: BackgroundOutput.standardError)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "starling")
    }

    private func loggerLevel() throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ConfigurationSources.Invalid(
                description: "log.level must be one of "
                    + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return level
    }

    private func halfLifeDays() throws -> Double {
        try number("serving.popularityHalfLifeDays", in: 0.001...100_000, default: 30)
    }
}

extension TrainerRequest.Meaning {
    init(_ meaning: EventMeaning) {
        self.init(
            weight: meaning.weight, isNegative: meaning.sign == .negative,
            isSeen: meaning.isSeen, positiveFrom: meaning.positiveFrom)
    }
}
