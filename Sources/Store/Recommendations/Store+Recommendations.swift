import Support

extension Store {
    /// Writes the answers that wait now: for whoever wants to read them all.
    package func writeWaitingRecommendations() async throws {
        var rest = recommendationLog.counts.waiting
        while rest > 0 {
            // As heavy as a whole group, so that it shares no transaction with events.
            let count = try await write(
                "log recommendations", weight: WriterThread.groupWeight
            ) { try $0.writeAnswers() }
            guard count > 0 else { return }
            rest -= count
        }
    }
}

extension StoreSnapshot {
    /// What was recommended to a user, with a number below the given one, newest first.
    package func recommendations(
        of user: UserID, before: AnswerID? = nil, limit: Int
    ) throws -> [GivenAnswer] {
        guard let key = try db.userKey(of: user) else { return [] }
        return try db.recommendations(of: key, before: before, limit: limit)
    }

    /// Sums over the answers of the given day and of those after it, in days since 1970.
    package func recommendationSums(since day: Int) throws -> RecommendationSums {
        try db.recommendationSums(since: day)
    }
}

extension StoreReader {
    package func recommendations(
        of user: UserID, before: AnswerID? = nil, limit: Int
    ) async throws -> [GivenAnswer] {
        try await read { try $0.recommendations(of: user, before: before, limit: limit) }
    }

    package func recommendationSums(since day: Int) async throws -> RecommendationSums {
        try await read { try $0.recommendationSums(since: day) }
    }
}
