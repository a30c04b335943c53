import Support

/// A checkpoint comes in parts of about 1 MiB, each a write of its own, so that events are committed
/// in between; the last step makes it ready. Calls for one checkpoint come one after the other.
extension Store {
    /// Gives the model its next version number.
    ///
    /// - Parameter components: The stored version of each model that this one is made of: they are
    ///   kept as long as it is.
    package func beginCheckpoint(
        model: String, watermark: EventSequence, jobID: Int64? = nil,
        components: [String: Int] = [:]
    ) async throws -> CheckpointInfo {
        let clock = clock
        let info = try await write("begin checkpoint") { connection in
            try connection.db.beginCheckpoint(
                model: model, watermark: watermark, jobID: jobID, components: components,
                at: clock.now())
        }
        uploads.withLock { $0[info.id] = CheckpointUpload() }
        return info
    }

    package func appendCheckpointPart(_ id: CheckpointID, _ bytes: [UInt8]) async throws {
        guard var upload = uploads.withLock({ $0[id] }) else {
            throw StoreRefusal.checkpointMismatch("order of calls")
        }
        let number = upload.partCount
        // As heavy as a whole group, so that it never shares a transaction with events.
        try await write("append checkpoint part", weight: WriterThread.groupWeight) { connection in
            try connection.db.insertCheckpointPart(id, number: number, bytes)
            connection.pending.isBulk = true
        }
        upload.add(bytes)
        uploads.withLock { [upload] in $0[id] = upload }
    }

    /// Makes the checkpoint ready, once count and checksum of what arrived are the announced ones,
    /// and removes old ones of the model. Where only that fails, the next call or start does it.
    package func finishCheckpoint(
        _ id: CheckpointID, checksum: String, byteCount: Int, metrics: String = "{}",
        preprocessing: String = "{}"
    ) async throws -> CheckpointInfo {
        guard let upload = uploads.withLock({ $0[id] }) else {
            throw StoreRefusal.checkpointMismatch("order of calls")
        }
        guard upload.byteCount == byteCount else {
            throw StoreRefusal.checkpointMismatch("byte count")
        }
        guard upload.checksum == checksum.lowercased() else {
            throw StoreRefusal.checkpointMismatch("checksum")
        }
        let (kept, served) = (options.keptCheckpoints, options.keptServedCheckpoints)
        let info = try await write("finish checkpoint") { connection in
            try connection.db.markCheckpointReady(
                id, byteCount: byteCount, checksum: upload.checksum, metrics: metrics,
                preprocessing: preprocessing)
            guard let info = try connection.db.checkpoint(id) else {
                throw StoreRefusal.checkpointMismatch("order of calls")
            }
            try connection.db.discardCheckpoints(
                model: info.model, keeping: kept, served: served)
            return info
        }
        uploads.withLock { $0[id] = nil }
        // try?: the version is whole, which is what was asked for; a failing disk says so by itself
        try? await removeUnfinishedCheckpoints()
        return info
    }

    /// Removes an unfinished checkpoint; a finished one stays.
    package func abandonCheckpoint(_ id: CheckpointID) async throws {
        uploads.withLock { $0[id] = nil }
        try await removeUnfinishedCheckpoints()
    }

    /// Removes what isn't whole and isn't on its way: old versions, and what a process left behind
    /// that ended in the middle of one. A part at a time, since each page of it is overwritten.
    package func removeUnfinishedCheckpoints() async throws {
        var isDone = false
        while !isDone {
            isDone = try await write(
                "remove checkpoint part", weight: WriterThread.groupWeight
            ) { [self] connection in
                let uploads = uploads.withLock { Array($0.keys) }
                let isThereMore = try connection.db.deleteUnfinishedPart(except: uploads)
                connection.pending.isBulk = isThereMore
                return !isThereMore
            }
        }
    }

    /// Says that a finished checkpoint is kept aside, or damaged, or good after all.
    package func setCheckpointState(
        model: String, version: Int, _ state: CheckpointInfo.State, reason: String?
    ) async throws {
        try await write("set checkpoint state") { connection in
            guard let info = try connection.db.checkpoint(model: model, version: version) else {
                throw StoreRefusal.unknownCheckpoint(model: model, version: version)
            }
            guard info.state != .writing, state != .writing else {
                throw StoreRefusal.checkpointNotUsable(model: model, version: version)
            }
            try connection.db.setCheckpointState(info.id, state, reason: reason)
        }
    }
}
