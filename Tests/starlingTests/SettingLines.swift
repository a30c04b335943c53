import HTTPServer
import Support
import Testing

@testable import starling

/// A key, a value that isn't its default, and what that changes.
struct SettingLine: CustomTestStringConvertible {
    let key: String
    /// As JSON has it.
    let value: String
    /// Options by their place, with what they then hold.
    let changes: [String: String]
    /// Variables without which the key has no effect.
    var others: [String: String] = [:]

    var testDescription: String { key }

    var inEnvironment: String { value.filter { !"[]\"".contains($0) } }

    var inFile: String {
        key.split(separator: ".").reversed().reduce(value) { "{\"\($1)\":\($0)}" }
    }

    fileprivate init(
        _ key: String, _ value: String, _ changes: [String: String],
        others: [String: String] = [:]
    ) {
        (self.key, self.value, self.changes, self.others) = (key, value, changes, others)
    }

    /// A number that the option holds as it is.
    fileprivate init(_ key: String, _ value: Int, _ place: String) {
        self.init(key, "\(value)", [place: "\(value)"])
    }

    fileprivate init(_ key: String, _ value: Int, _ place: String, _ unit: (Int) -> Duration) {
        self.init(key, "\(value)", [place: "\(unit(value))"])
    }
}

/// Every key that is about the server. No two values are alike, so that none passes for another.
let settingLines: [SettingLine] = connectionLines + messageLines + http2Lines + serviceLines

private func seconds(_ count: Int) -> Duration { .seconds(count) }

private let connectionLines = [
    SettingLine(
        "listen", "\"192.0.2.9:9001\"", ["server.host": "192.0.2.9", "server.port": "9001"]),
    SettingLine("http.loops", 201, "server.loops"),
    SettingLine("http.maximumConnections", 1001, "server.maxConnections"),
    SettingLine("http.maximumConnectionsPerClient", 1002, "server.maxConnectionsPerClient"),
    SettingLine("http.maximumRunningHandlers", 1003, "server.maxRunningHandlers"),
    SettingLine("http.maximumCollectedBytes", 300_000_001, "server.maxCollectedBytes"),
    SettingLine("http.outputHighWaterBytes", 1027, "server.outputHighWaterBytes"),
    SettingLine("http.streamHighWaterBytes", 1028, "server.streamHighWaterBytes"),
    SettingLine("http.shedMilliseconds", 301, "server.shedTarget") { .milliseconds($0) },
    SettingLine("http.headTimeoutSeconds", 101, "server.timeouts.head", seconds),
    SettingLine("http.bodyTimeoutSeconds", 102, "server.timeouts.body", seconds),
    SettingLine("http.bodyGraceSeconds", 107, "server.timeouts.bodyGrace", seconds),
    SettingLine(
        "http.minimumBodyBytesPerSecond", 501, "server.timeouts.minBodyBytesPerSecond"),
    SettingLine("http.idleTimeoutSeconds", 103, "server.timeouts.idle", seconds),
    SettingLine("http.writeTimeoutSeconds", 104, "server.timeouts.write", seconds),
    SettingLine(
        "http.minimumAnswerBytesPerSecond", 502, "server.timeouts.minAnswerBytesPerSecond"),
    SettingLine("http.lingerSeconds", 105, "server.timeouts.linger", seconds),
    SettingLine("http.drainMilliseconds", 302, "server.timeouts.drain") { .milliseconds($0) },
    SettingLine("http.stopSeconds", 106, "stopGrace", seconds),
    SettingLine(
        "http.trustedProxies", "[\"192.0.2.1\",\"198.51.100.0/24\"]",
        [
            "server.forwarding.trustedProxies":
                "\(["192.0.2.1", "198.51.100.0/24"].compactMap(IPNetwork.init))"
        ]),
    SettingLine(
        "http.forwardedField", "\"Forwarded\"",
        ["server.forwarding.field": "\(ForwardedClient.Field.forwarded)"]),
]

private let messageLines = [
    SettingLine("http.maximumRequestLineBytes", 8001, "server.limits.maxRequestLineBytes"),
    SettingLine("http.maximumHeaderBytes", 8002, "server.limits.maxHeaderBytes"),
    SettingLine("http.maximumHeaderCount", 203, "server.limits.maxHeaderCount"),
    SettingLine("http.maximumChunkLineBytes", 2001, "server.limits.maxChunkLineBytes"),
    SettingLine("http.maximumChunkExtensionBytes", 2002, "server.limits.maxChunkExtensionBytes"),
    SettingLine("http.maximumDiscardedBytes", 2003, "server.limits.maxDiscardedBytes"),
]

private let http2Lines = [
    SettingLine(
        "http.http2.maximumConcurrentStreams", 401, "server.limits.http2.maxConcurrentStreams"),
    SettingLine("http.http2.streamWindowBytes", 70_001, "server.limits.http2.streamWindowBytes"),
    SettingLine(
        "http.http2.connectionWindowBytes", 70_002, "server.limits.http2.connectionWindowBytes"),
    SettingLine(
        "http.http2.maximumCollectedBytes", 70_003, "server.limits.http2.maxCollectedBytes"),
    SettingLine("http.http2.maximumUnsentBytes", 70_004, "server.limits.http2.maxUnsentBytes"),
    SettingLine("http.http2.maximumContinuations", 402, "server.limits.http2.maxContinuations"),
    SettingLine("http.http2.maximumSettings", 403, "server.limits.http2.maxSettings"),
    SettingLine(
        "http.http2.maximumOutboundAcknowledgements", 404,
        "server.limits.http2.maxOutboundAcknowledgements"),
    SettingLine("http.http2.resetBurst", 405, "server.limits.http2.resetBurst"),
    SettingLine("http.http2.resetsPerSecond", 406, "server.limits.http2.resetsPerSecond"),
    SettingLine("http.http2.maximumIdleFrames", 407, "server.limits.http2.maxIdleFrames"),
    SettingLine(
        "http.http2.excusingContentBytes", 70_005, "server.limits.http2.excusingContentBytes"),
]

private let serviceLines = [
    SettingLine("http.maximumBodyBytes", 60_001, "api.maximumBodyBytes"),
    SettingLine("http.maximumUploads", 60_002, "api.maximumUploads"),
    SettingLine("http.maximumExports", 60_003, "api.maximumExports"),
    SettingLine(
        "http.requestsPerSecond", "2.5",
        ["api.requestRate": "\(Optional(BucketRate(perSecond: 2.5, burst: 100)) as Any)"]),
    SettingLine(
        "http.requestBurst", "7",
        ["api.requestRate": "\(Optional(BucketRate(perSecond: 3, burst: 7)) as Any)"],
        others: ["STARLING_HTTP_REQUESTS_PER_SECOND": "3"]),
    SettingLine(
        "http.failedKeysPerSecond", "4.5",
        ["api.failedKeyRate": "\(Optional(BucketRate(perSecond: 4.5, burst: 100)) as Any)"]),
    SettingLine(
        "http.failedKeyBurst", "8",
        ["api.failedKeyRate": "\(Optional(BucketRate(perSecond: 10, burst: 8)) as Any)"]),
    SettingLine("http.accessLog", "\"-\"", ["accessLog": "-"]),
    SettingLine("audit.maximumEntries", 5001, "store.auditedCalls"),
    SettingLine("audit.reads", "true", ["api.auditsReads": "true"]),
    SettingLine(
        "backup.folder", "\"copies\"", ["api.backupFolder": "\(Optional("copies") as Any)"]),
]
