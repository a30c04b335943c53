import Support

extension Store {
    /// Queues a job for those of the models that no unfinished job trains yet. Where every one is
    /// taken, gives back the newest job that holds one of them, and false. A warm job doesn't stand
    /// for a full one.
    package func enqueueJob(
        kind: String = "train", models: [String], mode: JobRecord.Mode = .warm,
        force: Bool = false
    ) async throws -> (job: JobRecord, isNew: Bool) {
        try await write("enqueue job") { connection in
            let unfinished = try connection.db.unfinishedJobs()
                .filter { mode == .warm || $0.mode == .full }
            let taken = Set(unfinished.flatMap(\.models))
            let rest = models.filter { !taken.contains($0) }
            let holder = unfinished.last { !Set(models).isDisjoint(with: $0.models) }
            if rest.isEmpty, let holder { return (holder, false) }
            let job = try connection.db.insertJob(
                kind: kind, models: rest, mode: mode, force: force, at: connection.clock.now())
            return (job, true)
        }
    }

    /// Reads, changes and writes a job in one transaction. Nil where there is none.
    package func updateJob(
        _ id: Int64, _ change: @escaping @Sendable (inout JobRecord) throws -> Void
    ) async throws -> JobRecord? {
        try await write("update job") { connection in
            guard var job = try connection.db.job(id) else { return nil }
            try NothingWritten.on { try change(&job) }
            try connection.db.writeJob(job)
            return job
        }
    }

    /// For the start of a service: nobody works any more on what an earlier run left unfinished.
    /// What an erasure asked for is still owed, and waits again.
    ///
    /// - Returns: How many failed.
    @discardableResult
    package func failUnfinishedJobs(reason: String) async throws -> Int {
        try await write("fail unfinished jobs") { connection in
            var count = 0
            for var job in try connection.db.unfinishedJobs() {
                if job.outlivesStop {
                    job.requeue()
                } else {
                    job.state = .failed
                    job.error = reason
                    job.finishedAt = connection.clock.now()
                    count += 1
                }
                try connection.db.writeJob(job)
            }
            return count
        }
    }
}
