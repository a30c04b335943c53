import Foundation
import Support

/// A service that listens on a port of its own.
final class RunningStarling: Sendable {
    struct NotListening: Error, CustomStringConvertible {
        var description: String
    }

    /// Small networks and short training, and no retrain that a test hasn't asked for.
    static let quick = [
        "STARLING_MODELS_ENABLED": "vae", "STARLING_RETRAIN_ENABLED": "false",
        "STARLING_LOG_LEVEL": "warning",
        "STARLING_MODELS_VAE_EPOCHS": "40", "STARLING_MODELS_VAE_PATIENCE": "40",
        "STARLING_MODELS_VAE_HIDDEN_SIZE": "32", "STARLING_MODELS_VAE_LATENT_SIZE": "16",
        "STARLING_MODELS_VAE_BATCH_SIZE": "32", "STARLING_MODELS_VAE_LEARNING_RATE": "0.01",
        "STARLING_MODELS_VAE_ANNEAL_STEPS": "200",
    ]

    let port: UInt16
    private let process: ChildProcess
    private let log: TemporaryFolder

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - settings: Environment variables over `quick`.
    ///   - standardError: Nil for a file, which `errors` reads.
    init(
        _ database: String, settings: [String: String] = [:], standardError: FileHandle? = nil
    ) throws {
        log = try TemporaryFolder()
        process = try Program.start(
            ["serve", "--database", database, "--listen", "127.0.0.1:0"],
            environment: Self.quick.merging(settings) { $1 }, log: log, errors: standardError)
        do {
            port = try Self.port(of: process, log: log)
        } catch {
            process.send(SIGTERM)
            throw error
        }
    }

    deinit {
        if process.ending == nil { kill() }
    }

    var processIdentifier: Int32 { process.identifier }
    var baseURL: String { "http://127.0.0.1:\(port)" }
    var errors: String { get throws { try Program.errors(in: log) } }

    /// Ends it as a crash or a power cut would: nothing is done in parting.
    func kill() {
        process.send(SIGKILL)
        process.waitUntilEnded()
    }

    /// Asks it to end.
    func terminate() {
        process.send(SIGTERM)
    }

    /// - Returns: The exit status; negative for a signal.
    func waitUntilEnded() -> Int32 {
        process.waitUntilEnded().status
    }

    /// A request on a connection of its own.
    @discardableResult
    func send(
        _ method: String, _ path: String, _ body: String = "", fields: [String: String] = [:]
    ) throws -> HTTPAnswer {
        try HTTPConnection(port: port).send(method, path, Array(body.utf8), fields: fields)
    }

    private static func port(of process: ChildProcess, log: TemporaryFolder) throws -> UInt16 {
        let announcement = "starling listens on http://127.0.0.1:"
        var port: UInt16?
        try wait(until: "the service listens") {
            let lines = try Program.output(in: log).split(
                separator: "\n", omittingEmptySubsequences: false)
            // The last one may be half written.
            let line = lines.dropLast().first { $0.hasPrefix(announcement) }
            port = line.flatMap { UInt16($0.dropFirst(announcement.count)) }
            return port != nil || process.ending != nil
        }
        guard let port else {
            throw NotListening(
                description: "the service ended with \(process.waitUntilEnded().status): "
                    + (try Program.errors(in: log)))
        }
        return port
    }
}
