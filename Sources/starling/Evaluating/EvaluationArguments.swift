import ArgumentParser
import Evaluation
import Foundation
import Store
import Support
import Training

/// The flags that say what is held out of which data.
struct EvaluationArguments: ParsableArguments {
    @Option(
        name: .customLong("protocol"),
        help: "One of \(EvaluationProtocol.all.map(\.name).joined(separator: ", ")).")
    var protocolName: String

    @Option(help: "The folder with the data set as published. (L, H, G, new-items)")
    var data: String?

    @OptionGroup var database: DatabaseArguments

    @Option(
        help: """
            Where the log is cut: an RFC 3339 time, or a share of its events such as 0.9. (time)
            """)
    var at: String?

    @Option(help: "What is measured in the end.")
    var split = ProtocolData.Split.test

    func validate() throws {
        let chosen = try chosen()
        switch chosen.source {
        case .folder:
            let folder = try folder()
            guard at == nil, database.database == nil, database.config == nil else {
                throw ValidationError(
                    "protocol \(chosen.name) reads --data alone: no --at, --database, --config")
            }
            var isFolder = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
                isFolder.boolValue
            else { throw ValidationError("--data \(folder) is no folder") }
        case .log:
            guard data == nil else {
                throw ValidationError("protocol \(chosen.name) reads --database, not --data")
            }
            _ = try cut()
        }
    }

    func chosen() throws -> EvaluationProtocol {
        try EvaluationProtocol.named(protocolName)
    }

    /// Reads and splits the data.
    ///
    /// - Throws: What reading throws, and `ProtocolData.Empty`.
    func load() async throws -> ProtocolData {
        let data =
            switch try chosen().source {
            case .folder(let load): try load(try folder())
            case .log(let load): load(try await log(), try cut())
            }
        try data.checkNotEmpty(for: split)
        return data
    }

    private func folder() throws -> String {
        guard let data else {
            throw ValidationError("protocol \(protocolName) needs --data FOLDER")
        }
        return data
    }

    /// Reads the database as the trainer does, while a service may be writing to it.
    private func log() async throws -> TrainingLog {
        let settings = try await database.settings()
        let reader = try Store.openReadOnly(path: settings.database, meanings: settings.meanings)
        return try TrainingLog(
            reading: reader, preprocessing: try settings.preprocessing(), readsContent: true,
            until: try cut())
    }

    private func cut() throws -> TemporalSplit.Cut {
        guard let at else { throw ValidationError("protocol time needs --at TIME or --at SHARE") }
        if let time = Timestamp(rfc3339: at) { return .time(time) }
        if let share = Double(at), share > 0, share < 1 { return .share(share) }
        throw ValidationError(
            "--at \(at) must be a time such as 2026-11-01T00:00:00Z or a share between 0 and 1")
    }
}
