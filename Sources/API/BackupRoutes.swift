import Foundation
import HTTP
import HTTPServer
import Store
import Support
import Synchronization

/// `POST /v1/admin/backup`.
struct BackupRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .post, "/v1/admin/backup", .scope(.admin),
                Operation(
                    .service, "backUp", "Copy the database beside it, or into the folder for this",
                    answers: [.json(Backup.schema, .created)],
                    problems: [.conflict, .insufficientStorage]), post)
        ]
    }

    private struct Backup: Encodable, Described {
        var file: String
        var bytes: Int
        var seconds: Double

        static let schema = Schema.object([
            "file": .string, "bytes": .integer, "seconds": .number,
        ])
    }

    /// Answers when the copy is whole and on the disk.
    private func post(_ request: Request) throws -> Reply {
        .work(for: request) {
            guard service.backup.begin() else {
                throw Problem(.conflict, type: "backup-runs", "a backup is being made already")
            }
            defer { service.backup.end() }
            let file = folder.appendingPathComponent(
                Self.name(of: database, at: service.clock.now()))
            let clock = ContinuousClock()
            let start = clock.now
            let bytes = try await service.store.backUp(to: file.path, part: part.path)
            return try Response(
                status: .created,
                encoding: Backup(
                    file: file.path, bytes: bytes, seconds: (clock.now - start).inSeconds))
        }
    }

    private var database: URL { URL(fileURLWithPath: service.store.options.path) }

    private var folder: URL {
        service.options.backupFolder.map { URL(fileURLWithPath: $0, isDirectory: true) }
            ?? database.deletingLastPathComponent()
    }

    /// A copy until it is whole: always the same name, so that killed ones don't fill the disk.
    private var part: URL {
        folder.appendingPathComponent(database.lastPathComponent + ".backup-part")
    }

    func removeBrokenOff() {
        guard FileManager.default.fileExists(atPath: part.path) else { return }
        do {
            try FileManager.default.removeItem(at: part)
        } catch {
            APIService.logger.warning(
                "a backup that was broken off can't be removed",
                metadata: ["file": "\(part.path)", "reason": "\(error)"])
        }
    }

    /// `starling-2026-11-21T10:00:00.000Z.sqlite`.
    private static func name(of database: URL, at time: Timestamp) -> String {
        let stem = database.deletingPathExtension().lastPathComponent
        let ending = database.pathExtension.isEmpty ? "" : ".\(database.pathExtension)"
        return "\(stem)-\(time.rfc3339)\(ending)"
    }
}

/// Whether a backup is being made: one at a time. Asked by pool tasks.
final class BackupTurn: Sendable {
    private let isTaken = Atomic(false)

    func begin() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }

    func end() { isTaken.store(false, ordering: .releasing) }
}
