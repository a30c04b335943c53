import API
import Foundation
import HTTP
import HTTPServer
import Support

/// How the server listens, and every bound on its clients.
extension Settings {
    func serverOptions() throws -> HTTPServerOptions {
        var options = HTTPServerOptions()
        options.host = host
        options.port = port
        options.loops = try integer("http.loops", in: 1...256, default: options.loops)
        try readConnectionBounds(into: &options)
        try readMessageBounds(into: &options)
        try readHTTP2Bounds(into: &options)
        try readTimeouts(into: &options.timeouts)
        options.forwarding = try forwarding()
        return options
    }

    /// Nil for as many as each likes.
    func requestRate() throws -> BucketRate? {
        try rate("http.requestsPerSecond", default: 0, burst: "http.requestBurst", default: 100)
    }

    /// Nil for as many as each likes.
    func failedKeyRate() throws -> BucketRate? {
        try rate(
            "http.failedKeysPerSecond", default: APIService.Options.failedKeysPerSecond,
            burst: "http.failedKeyBurst", default: APIService.Options.failedKeyBurst)
    }

    private func rate(
        _ key: String, default perSecond: Double, burst burstKey: String, default burst: Int
    ) throws -> BucketRate? {
        let perSecond = try number(key, in: 0...1_000_000, default: perSecond)
        let burst = try integer(burstKey, in: 1...1_000_000, default: burst)
        guard perSecond > 0 else { return nil }
        guard perSecond >= 0.001 else {
            throw ConfigurationSources.Invalid(description: "\(key) must be 0 or at least 0.001")
        }
        return BucketRate(perSecond: perSecond, burst: burst)
    }

    func maximumBodyBytes() throws -> Int {
        try integer(
            "http.maximumBodyBytes", in: 1024...(1 << 30),
            default: APIService.Options().maximumBodyBytes)
    }

    /// The number under a key of `http`, where there is one.
    private func read(
        _ key: String, _ range: ClosedRange<Int>, into value: inout Int
    ) throws {
        value = try integer("http." + key, in: range, default: value)
    }

    /// The time under a key of `http`, in whole units, where there is one.
    private func read(
        _ key: String, _ range: ClosedRange<Int>, of unit: Duration, into value: inout Duration
    ) throws {
        let count = Int((value / unit).rounded())
        value = unit * (try integer("http." + key, in: range, default: count))
    }

    private func readConnectionBounds(into options: inout HTTPServerOptions) throws {
        try read("maximumConnections", 1...1_000_000, into: &options.maxConnections)
        try read(
            "maximumConnectionsPerClient", 1...1_000_000, into: &options.maxConnectionsPerClient)
        try read("maximumRunningHandlers", 1...1_000_000, into: &options.maxRunningHandlers)
        try read("outputHighWaterBytes", 1024...(1 << 30), into: &options.outputHighWaterBytes)
        try read("streamHighWaterBytes", 1024...(1 << 30), into: &options.streamHighWaterBytes)
        let body = try maximumBodyBytes()
        // Less would refuse a body that is allowed, however often it is tried.
        try read("maximumCollectedBytes", body...(1 << 50), into: &options.maxCollectedBytes)
        try read("shedMilliseconds", 1...60_000, of: .milliseconds(1), into: &options.shedTarget)
    }

    private func readMessageBounds(into options: inout HTTPServerOptions) throws {
        try read(
            "maximumRequestLineBytes", 64...(1 << 20), into: &options.limits.maxRequestLineBytes)
        try read("maximumHeaderBytes", 256...(1 << 20), into: &options.limits.maxHeaderBytes)
        try read("maximumHeaderCount", 4...10_000, into: &options.limits.maxHeaderCount)
        try read("maximumChunkLineBytes", 16...(1 << 20), into: &options.limits.maxChunkLineBytes)
        try read(
            "maximumChunkExtensionBytes", 0...(1 << 20),
            into: &options.limits.maxChunkExtensionBytes)
        try read("maximumDiscardedBytes", 0...(1 << 30), into: &options.limits.maxDiscardedBytes)
    }

    private func readHTTP2Bounds(into options: inout HTTPServerOptions) throws {
        func read(
            _ key: String, _ path: WritableKeyPath<HTTP2Limits, Int>, _ range: ClosedRange<Int>
        ) throws {
            options.limits.http2[keyPath: path] = try integer(
                "http.http2." + key, in: range, default: options.limits.http2[keyPath: path])
        }
        let (counts, bytes) = (1...1_000_000, 1024...(1 << 30))
        // RFC 9113 section 6.9.2: windows begin with 65,535 bytes and end below 2^31.
        let windows = 65_535...(1 << 30)
        try read("maximumConcurrentStreams", \.maxConcurrentStreams, 1...100_000)
        try read("streamWindowBytes", \.streamWindowBytes, windows)
        try read("connectionWindowBytes", \.connectionWindowBytes, windows)
        try read("maximumCollectedBytes", \.maxCollectedBytes, bytes)
        try read("maximumUnsentBytes", \.maxUnsentBytes, bytes)
        try read("maximumContinuations", \.maxContinuations, counts)
        try read("maximumSettings", \.maxSettings, counts)
        try read("maximumOutboundAcknowledgements", \.maxOutboundAcknowledgements, counts)
        try read("resetBurst", \.resetBurst, counts)
        try read("resetsPerSecond", \.resetsPerSecond, counts)
        try read("maximumIdleFrames", \.maxIdleFrames, counts)
        try read("excusingContentBytes", \.excusingContentBytes, bytes)
    }

    private func readTimeouts(into timeouts: inout HTTPServerOptions.Timeouts) throws {
        func seconds(_ key: String, into value: inout Duration) throws {
            try read(key, 1...3600, of: .seconds(1), into: &value)
        }
        try seconds("headTimeoutSeconds", into: &timeouts.head)
        try seconds("bodyTimeoutSeconds", into: &timeouts.body)
        try read(
            "minimumBodyBytesPerSecond", 0...1_000_000, into: &timeouts.minBodyBytesPerSecond)
        try seconds("bodyGraceSeconds", into: &timeouts.bodyGrace)
        try seconds("idleTimeoutSeconds", into: &timeouts.idle)
        try seconds("writeTimeoutSeconds", into: &timeouts.write)
        try read(
            "minimumAnswerBytesPerSecond", 0...1_000_000, into: &timeouts.minAnswerBytesPerSecond)
        try seconds("lingerSeconds", into: &timeouts.linger)
        try read("drainMilliseconds", 0...60_000, of: .milliseconds(1), into: &timeouts.drain)
    }

    private func forwarding() throws -> ForwardedClient {
        let name = text("http.forwardedField", default: ForwardedClient().field.rawValue)
        let fields = ForwardedClient.Field.allCases
        guard let field = fields.first(where: { $0.rawValue.lowercased() == name.lowercased() })
        else {
            throw ConfigurationSources.Invalid(
                description: "http.forwardedField must be "
                    + fields.map(\.rawValue).joined(separator: " or "))
        }
        let proxies = try texts("http.trustedProxies").map { text in
            guard let network = IPNetwork(text) else {
                throw ConfigurationSources.Invalid(
                    description: "http.trustedProxies must hold addresses such as 192.0.2.1 or "
                        + "10.0.0.0/8; \(text) is none")
            }
            return network
        }
        return ForwardedClient(trustedProxies: proxies, field: field)
    }
}
