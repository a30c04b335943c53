import Support

extension Store {
    /// How many events one transaction takes out: others wait for no more.
    static let erasedAtOnce = 1000
    private static let lookInterval = Duration.milliseconds(20)

    /// Erases a user: the profile, all events and what was recommended to him. The hashes of the
    /// events' ids stay, and neither the key nor the sequence numbers come back. In the same
    /// transaction as the user's end, the models in service that may have been trained with the
    /// events are queued for a new training, which no earlier job stands for that has begun already.
    ///
    /// Many events take several transactions. From the first on the erasure stands in the file: an
    /// error in between leaves a part to whoever asks again, or to the next start.
    ///
    /// - Parameter models: Those that may be retrained.
    /// - Returns: Nil where there is no such user.
    package func deleteUser(
        _ id: UserID, retraining models: Set<String> = []
    ) async throws -> UserErasure? {
        try await writeWaitingRecommendations()  // so that the receipt counts all
        while true {
            let step = try await write("delete user", weight: WriterThread.groupWeight) {
                try $0.takeErasureStep(of: id, retraining: models)
            }
            if case .end(let erasure) = step { return erasure }
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

enum ErasureStep: Sendable, Equatable {
    /// There are more events.
    case more
    /// Nil where there was no such user.
    case end(UserErasure?)
}

extension WriterConnection {
    /// Takes out as many events as one transaction may, with the last of them the user.
    func takeErasureStep(
        of id: UserID, retraining models: Set<String>
    ) throws -> ErasureStep {
        guard let key = try db.userKey(of: id) else { return .end(nil) }
        var erasure =
            try db.begunErasure(of: key) ?? BegunErasure(user: key, logEnd: lastSequence)
        erasure.models.formUnion(models)
        let events = try db.storedEvents(
            of: key, before: EventSequence(erasure.logEnd.rawValue + 1),
            limit: Store.erasedAtOnce + 1,
            meanings: meanings, recentEvents)
        guard events.count > Store.erasedAtOnce else { return .end(try delete(id, erasure)) }
        try erase(events.dropLast())
        erasure.events += events.count - 1
        try db.put(erasure)
        try db.setCounter("traces", 1)
        pending.isBulk = true
        return .more
    }

    /// Brings to its end what somebody began who died: nobody shall see a part of a user.
    func finishErasures() throws {
        for id in try db.usersBeingErased() {
            while try inTransaction({ try takeErasureStep(of: id, retraining: []) }) == .more {}
        }
    }

    private func erase(_ events: some Collection<StoredEvent>) throws {
        try takeBack(events)
        for event in events { _ = try db.deleteEvent(event.sequence) }
        pending.erased += events.map(StoreErasure.event)
    }

    private func delete(_ id: UserID, _ begun: BegunErasure) throws -> UserErasure {
        let key = begun.user
        let checkpoints = try db.checkpointsTrained(after: try db.knownSince(key))
        let events = try db.storedEvents(
            of: key, before: EventSequence(.max), limit: .max, meanings: meanings, recentEvents)
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
        try db.deleteBegunErasure(of: key)
        try db.deleteProfile(of: key)
        forgetUser(id)
        pending.userCount -= 1
        pending.erased += folded.positive.map(StoreErasure.folded) + [.user(key, id)]
        try db.setCounter("traces", 1)
        pending.leavesTraces = true
        return UserErasure(
            user: id, events: begun.events + events.count, foldedEvents: folded.count,
            recommendations: recommendations, checkpoints: checkpoints,
            retrainJobs: try queueRetraining(of: checkpoints, among: begun.models))
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
