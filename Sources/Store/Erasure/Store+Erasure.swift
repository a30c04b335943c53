import Support

extension Store {
    /// How many events one transaction takes out: others wait for no more.
    static let erasedAtOnce = 1000
    private static let lookInterval = Duration.milliseconds(20)

    /// Erases a user: the profile, all events and what was recommended to him. The hashes of the
    /// events' ids stay, and neither the key nor the sequence numbers come back. In the same
    /// transaction the models in service that may have been trained with the events are queued for
    /// a new training, which no earlier job stands for that has begun already.
    ///
    /// - Parameter models: Those that may be retrained.
    /// - Returns: Nil where there is no such user.
    package func deleteUser(
        _ id: UserID, retraining models: Set<String> = []
    ) async throws -> UserErasure? {
        try await writeWaitingRecommendations()  // so that the receipt counts all
        var earlier = 0
        while true {
            let step = try await write(
                "delete user", weight: WriterThread.groupWeight
            ) { [earlier] connection -> ErasureStep in
                guard let key = try connection.db.userKey(of: id) else { return .unknownUser }
                if let count = try connection.eraseSomeEvents(of: key) { return .more(count) }
                return .done(
                    try connection.deleteUser(
                        id, key: key, retraining: models, eventsBefore: earlier))
            }
            switch step {
            case .unknownUser: return nil
            case .more(let count): earlier += count
            case .done(let erasure): return erasure
            }
        }
    }

    /// Whether the file and the write-ahead log hold nothing any more of what was erased. A reader
    /// whose transaction began before can hold that up: then the writer goes on trying.
    ///
    /// - Parameter patience: How long it is waited for.
    package func tracesAreGone(within patience: Duration) async throws -> Bool {
        let end = ContinuousClock.now + patience
        while traces.wait {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: Self.lookInterval)
        }
        return true
    }

    /// For a metric: whether the write-ahead log still holds what was erased.
    package var holdsErasedTraces: Bool { traces.wait }
}

private enum ErasureStep: Sendable {
    case unknownUser
    /// So many of the user's events are gone, and there are others.
    case more(Int)
    case done(UserErasure)
}

extension WriterConnection {
    /// Where the user has more events than one transaction takes out: so many. Who dies behind it has
    /// erased a part, and is asked again.
    fileprivate func eraseSomeEvents(of key: UserKey) throws -> Int? {
        let events = try db.storedEvents(
            of: key, limit: Store.erasedAtOnce + 1, meanings: meanings, recentEvents)
        guard events.count > Store.erasedAtOnce else { return nil }
        try erase(events.dropLast())
        try db.setCounter("traces", 1)
        pending.isBulk = true
        return events.count - 1
    }

    private func erase(_ events: some Collection<StoredEvent>) throws {
        try takeBack(events)
        for event in events { _ = try db.deleteEvent(event.sequence) }
        pending.erased += events.map(StoreErasure.event)
    }

    /// - Parameter earlier: Events of the user that were erased before.
    fileprivate func deleteUser(
        _ id: UserID, key: UserKey, retraining models: Set<String>, eventsBefore earlier: Int
    ) throws -> UserErasure {
        let checkpoints = try db.checkpointsTrained(after: try db.knownSince(key))
        let events = try db.storedEvents(
            of: key, limit: .max, meanings: meanings, recentEvents)
        try erase(events)
        let folded = try db.deleteFolded(of: key)
        for gone in folded.positive {
            try db.changePopularity(of: gone.item) { [halfLife] count in
                count.remove(gone.since, count: gone.count, halfLife: halfLife)
            }
        }
        pending.foldedCount -= folded.count
        let recommendations = try db.deleteRecommendations(of: key)
        pending.recommendationCount -= recommendations
        try db.deleteProfile(of: key)
        forgetUser(id)
        pending.userCount -= 1
        pending.erased += folded.positive.map(StoreErasure.folded) + [.user(key, id)]
        try db.setCounter("traces", 1)
        pending.leavesTraces = true
        return UserErasure(
            user: id, events: earlier + events.count, foldedEvents: folded.count,
            recommendations: recommendations, checkpoints: checkpoints,
            retrainJobs: try queueRetraining(of: checkpoints, among: models))
    }

    /// A job that runs may have read the log already, so its models have to be trained again.
    private func queueRetraining(
        of checkpoints: [UserErasure.Checkpoint], among models: Set<String>
    ) throws -> [Int64] {
        let unfinished = try db.unfinishedJobs()
        let trained = checkpoints.filter(\.isInService).map(\.model)
        let inTraining = unfinished.filter { $0.state == .running }.flatMap(\.models)
        let due = Set(trained + inTraining).intersection(models).sorted()
        let queued = unfinished.filter { $0.kind == JobRecord.erasure && $0.state == .queued }
        var jobs = queued.filter { !due.isEmpty && !Set(due).isDisjoint(with: $0.models) }.map(\.id)
        let taken = Set(queued.flatMap(\.models))
        let rest = due.filter { !taken.contains($0) }
        if !rest.isEmpty {
            let job = try db.insertJob(
                kind: JobRecord.erasure, models: rest, mode: .full, force: false, at: clock.now())
            jobs.append(job.id)
        }
        return jobs
    }
}
