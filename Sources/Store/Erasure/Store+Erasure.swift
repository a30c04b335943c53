import Support

extension Store {
    /// How many rows of a kind one transaction takes out: others wait for no more.
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
        guard let found = try await reader.read({ try $0.eventNumbers(of: id) }) else {
            return nil
        }
        for part in found.parts {
            try await write("erase events", weight: WriterThread.groupWeight) {
                try $0.erase(part, of: found.user, id, retraining: models)
            }
        }
        while true {
            let step = try await write("delete user", weight: WriterThread.groupWeight) {
                try $0.eraseRest(id, found, retraining: models)
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
        while traces.arePending {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: Self.lookInterval)
        }
        return true
    }

    /// For a metric: whether the write-ahead log still holds what was erased.
    package var holdsErasedTraces: Bool { traces.arePending }
}

private enum ErasureStep: Sendable, Equatable {
    /// There is more.
    case more
    /// Nil where the user was gone.
    case end(UserErasure?)
}

extension UserEventNumbers {
    /// What goes before the user does.
    fileprivate var parts: [ArraySlice<EventSequence>] {
        stride(from: 0, to: numbers.count - rest.count, by: Store.erasedAtOnce).map {
            numbers[$0..<$0 + Store.erasedAtOnce]
        }
    }

    /// What goes with the user.
    fileprivate var rest: ArraySlice<EventSequence> {
        numbers.suffix(numbers.isEmpty ? 0 : (numbers.count - 1) % Store.erasedAtOnce + 1)
    }
}

extension WriterConnection {
    /// Takes out a part of the events of a user who is being erased. Nothing is done where the user
    /// is gone.
    func erase(
        _ numbers: some Collection<EventSequence>, of user: UserKey, _ id: UserID,
        retraining models: Set<String>
    ) throws {
        guard try db.userKey(of: id) == user else { return }
        var begun = try db.begunErasure(of: user) ?? BegunErasure(user: user)
        begun.models.formUnion(models)
        begun.events += try erase(numbers, of: user)
        try keep(begun)
    }

    /// There is more to erase.
    private func keep(_ begun: BegunErasure) throws {
        try db.put(begun)
        try db.setCounter("traces", 1)
        pending.isBulk = true
    }

    /// Brings to its end what somebody began who died: nobody shall see a part of a user.
    func finishErasures() throws {
        for id in try db.usersBeingErased() {
            guard let found = try db.eventNumbers(of: id, recentEvents) else { continue }
            for part in found.parts {
                try inTransaction { try erase(part, of: found.user, id, retraining: []) }
            }
            while try inTransaction({ try eraseRest(id, found, retraining: []) }) == .more {}
        }
    }

    /// - Returns: How many were there.
    private func erase(
        _ numbers: some Collection<EventSequence>, of user: UserKey
    ) throws -> Int {
        let events = try numbers.compactMap { try db.storedEvent($0, meanings: meanings) }
            .filter { $0.user == user }
        try takeBack(events)
        for event in events { _ = try db.deleteEvent(event.sequence) }
        pending.erased += events.map(StoreErasure.event)
        return events.count
    }

    /// Takes out what is kept beside the events, and with the last of it the user, the rest of the
    /// events that were found, and those that came since.
    fileprivate func eraseRest(
        _ id: UserID, _ found: UserEventNumbers, retraining models: Set<String>
    ) throws -> ErasureStep {
        let (key, limit) = (found.user, Store.erasedAtOnce)
        guard try db.userKey(of: id) == key else { return .end(nil) }
        var begun = try db.begunErasure(of: key) ?? BegunErasure(user: key)
        begun.models.formUnion(models)
        let foldedRows = try eraseFolded(of: key, limit: limit, &begun)
        let recommendations = try db.deleteRecommendations(of: key, limit: limit)
        begun.recommendations += recommendations
        pending.recommendationCount -= recommendations
        guard foldedRows < limit, recommendations < limit else {
            try keep(begun)
            return .more
        }
        let late = try db.sequences(of: key, after: found.logEnd, recentEvents)
        begun.events += try erase(found.rest + late, of: key)
        return .end(try delete(id, begun))
    }

    /// - Returns: How many rows these were.
    private func eraseFolded(
        of user: UserKey, limit: Int, _ begun: inout BegunErasure
    ) throws -> Int {
        let folded = try db.deleteFolded(of: user, limit: limit)
        for gone in folded.positive {
            try db.changePopularity(of: gone.item) { [halfLife] count in
                count.remove(gone.since, count: gone.count, halfLife: halfLife)
            }
        }
        begun.foldedEvents += folded.events
        pending.foldedCount -= folded.events
        pending.erased += folded.positive.map(StoreErasure.folded)
        return folded.rows
    }

    /// Nothing is left but the user.
    private func delete(_ id: UserID, _ begun: BegunErasure) throws -> UserErasure {
        let key = begun.user
        let checkpoints = try db.checkpointsTrained(after: try db.knownSince(key))
        try db.deleteBegunErasure(of: key)
        try db.deleteProfile(of: key)
        forgetUser(id)
        pending.userCount -= 1
        pending.erased.append(.user(key, id))
        try db.setCounter("traces", 1)
        pending.leavesTraces = true
        return UserErasure(
            user: id, events: begun.events, foldedEvents: begun.foldedEvents,
            recommendations: begun.recommendations, checkpoints: checkpoints,
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
