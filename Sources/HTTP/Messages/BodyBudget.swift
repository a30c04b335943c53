import Synchronization

/// What the content of all requests together may hold in memory: whole contents while they are
/// collected for their handlers and until these have answered, parts of streamed ones until they are
/// stored. Any thread takes and gives back.
package final class BodyBudget: Sendable {
    package let limit: Int
    private let used = Atomic(0)

    package init(limit: Int) {
        self.limit = limit
    }

    package var usedBytes: Int { used.load(ordering: .relaxed) }

    /// False where there is no room for so much; then nothing is taken.
    fileprivate func take(_ count: Int) -> Bool {
        if used.wrappingAdd(count, ordering: .relaxed).newValue <= limit { return true }
        giveBack(count)
        return false
    }

    fileprivate func giveBack(_ count: Int) {
        used.wrappingSubtract(count, ordering: .relaxed)
    }
}

/// A request's share of the budget. It goes back with the answer, or, where none is given, when the
/// last one who has to do with the request lets go of it.
package final class BodyReservation: Sendable {
    private let budget: BodyBudget
    /// Written by the loop and by the handler's task.
    private let held = Atomic(0)

    package init(of budget: BodyBudget) {
        self.budget = budget
    }

    deinit { release() }

    /// - Throws: `Problem` (503) where all requests together hold as much as they may.
    package func grow(by count: Int) throws(Problem) {
        guard budget.take(count) else { throw .tooManyBodies }
        held.wrappingAdd(count, ordering: .relaxed)
    }

    /// Gives a part back. Less, where the answer has given all back meanwhile.
    package func shrink(by count: Int) {
        var found = held.load(ordering: .relaxed)
        while true {
            let part = min(count, found)
            let (isExchanged, now) = held.compareExchange(
                expected: found, desired: found - part, ordering: .relaxed)
            if isExchanged { return budget.giveBack(part) }
            found = now
        }
    }

    package func release() {
        budget.giveBack(held.exchange(0, ordering: .relaxed))
    }
}

extension Problem {
    static let tooManyBodies = Problem.unavailable(
        "the service holds as much content of requests as it may; try again", retryAfter: 1,
        reason: "too-many-bodies")
}
