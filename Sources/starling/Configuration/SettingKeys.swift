import Events
import Recommenders
import Support

/// Every key that the configuration may hold, with its type: what isn't here stops the start.
enum SettingKeys {
    enum Kind {
        case text, integer, number, flag, texts

        /// Strictly: the configuration library takes 1 for true and true for 1.
        func accepts(_ value: JSONValue) -> Bool {
            switch (self, value) {
            case (.text, .string), (.integer, .integer), (.number, .integer), (.number, .number),
                (.flag, .bool):
                true
            case (.texts, .array(let elements)):
                elements.allSatisfy { Self.text.accepts($0) }
            default: false
            }
        }
    }

    static let fixed: [String: Kind] = [
        "listen": .text, "database": .text, "backup.folder": .text, "apiKey": .text,
        "apiKeyFile": .text,
        "log.level": .text,
        "audit.maximumEntries": .integer, "audit.reads": .flag,
        "http.loops": .integer, "http.maximumConnections": .integer,
        "http.maximumHeaderBytes": .integer, "http.maximumBodyBytes": .integer,
        "http.headTimeoutSeconds": .integer, "http.bodyTimeoutSeconds": .integer,
        "http.idleTimeoutSeconds": .integer, "http.stopSeconds": .integer,
        "http.accessLog": .text,
        "http.writeTimeoutSeconds": .integer, "http.lingerSeconds": .integer,
        "http.maximumConnectionsPerClient": .integer, "http.maximumRunningHandlers": .integer,
        "http.shedMilliseconds": .integer, "http.maximumCollectedBytes": .integer,
        "http.minimumBodyBytesPerSecond": .integer, "http.bodyGraceSeconds": .integer,
        "http.minimumAnswerBytesPerSecond": .integer,
        "http.requestsPerSecond": .number, "http.requestBurst": .integer,
        "http.failedKeysPerSecond": .number, "http.failedKeyBurst": .integer,
        "http.drainMilliseconds": .integer,
        "http.trustedProxies": .texts, "http.forwardedField": .text,
        "http.outputHighWaterBytes": .integer, "http.streamHighWaterBytes": .integer,
        "http.maximumRequestLineBytes": .integer, "http.maximumHeaderCount": .integer,
        "http.maximumChunkLineBytes": .integer, "http.maximumChunkExtensionBytes": .integer,
        "http.maximumDiscardedBytes": .integer, "http.maximumUploads": .integer,
        "http.maximumExports": .integer,
        "http.http2.maximumConcurrentStreams": .integer, "http.http2.streamWindowBytes": .integer,
        "http.http2.connectionWindowBytes": .integer,
        "http.http2.maximumCollectedBytes": .integer, "http.http2.maximumUnsentBytes": .integer,
        "http.http2.maximumContinuations": .integer, "http.http2.maximumSettings": .integer,
        "http.http2.maximumOutboundAcknowledgements": .integer,
        "http.http2.resetBurst": .integer, "http.http2.resetsPerSecond": .integer,
        "http.http2.maximumIdleFrames": .integer, "http.http2.excusingContentBytes": .integer,
        "store.readers": .integer, "store.queueCapacity": .integer,
        "store.cacheMebibytes": .integer, "store.keptCheckpoints": .integer,
        "store.keptServedCheckpoints": .integer,
        "recommendationLog.samplingRate": .number, "recommendationLog.keptDays": .integer,
        "recommendationLog.keptAnswers": .integer, "recommendationLog.queueCapacity": .integer,
        "serving.defaultModel": .text, "serving.cachedBytes": .integer,
        "serving.historyLength": .integer, "serving.popularityHalfLifeDays": .number,
        "retrain.enabled": .flag, "retrain.afterEvents": .integer,
        "retrain.afterMinutes": .number, "erasure.retrain": .flag,
        "retention.everyMinutes": .number,
        "trainer.memoryMebibytes": .integer, "trainer.niceness": .integer,
        "trainer.workers": .integer, "trainer.seed": .integer,
        "preprocessing.duplicateSeconds": .number,
        "preprocessing.maximumEventsPerDay": .integer,
        "preprocessing.minimumEventsPerUser": .integer,
        "preprocessing.minimumEventsPerItem": .integer,
        "preprocessing.halfLifeDays": .number, "preprocessing.windowDays": .number,
        "models.enabled": .texts,
    ]

    /// `events.types.NAME.` with one of these.
    static let meaning: [String: Kind] = [
        "weight": .number, "sign": .text, "seen": .flag, "positiveFrom": .number,
        "keptDays": .number, "keptEvents": .integer, "whenOld": .text,
    ]

    /// Those that don't say what an event means, but how long it stays.
    static let retention: Set<String> = ["keptDays", "keptEvents", "whenOld"]

    static let meaningPrefix = ["events", "types"]
    static let modelPrefix = "models"

    /// Nil for a key that doesn't exist.
    static func kind(of key: String) -> Kind? {
        if let kind = fixed[key] { return kind }
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, Array(parts[..<2]) == meaningPrefix, !parts[2].isEmpty {
            return meaning[parts[3]]
        }
        if parts.count == 3, parts[0] == modelPrefix,
            ModelRegistry.defaults(named: parts[1])?[parts[2]] != nil
        {
            return .number
        }
        return nil
    }

    /// Whether keys may stand under this name.
    static func isGroup(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, Array(parts[..<2]) == meaningPrefix { return !parts[2].isEmpty }
        return keys(eventTypes: EventMeanings.defaults.keys).contains { $0.hasPrefix(name + ".") }
    }

    /// The keys that can be set through the environment: all fixed ones, those of every model, and
    /// those of the event types named here.
    static func keys(eventTypes: some Sequence<String>) -> [String] {
        let models = ModelRegistry.names.flatMap { name in
            (ModelRegistry.defaults(named: name) ?? [:]).keys.map { "\(modelPrefix).\(name).\($0)" }
        }
        let types = eventTypes.flatMap { type in
            meaning.keys.map { (meaningPrefix + [type, $0]).joined(separator: ".") }
        }
        return (fixed.keys + models + types).sorted()
    }
}
