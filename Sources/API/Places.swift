import HTTP
import Synchronization

/// How many of a kind of request may be worked on at once, where each takes much memory. Any thread
/// takes and gives back.
final class Places: Sendable {
    /// Held for as long as the work goes on.
    final class Place: Sendable {
        private let places: Places

        fileprivate init(_ places: Places) { self.places = places }

        deinit { places.taken.wrappingSubtract(1, ordering: .relaxed) }
    }

    private let maximum: Int
    private let refusal: Problem
    private let taken = Atomic(0)

    /// - Parameter refusal: What whoever finds none is answered.
    init(_ maximum: Int, refusal: Problem) {
        self.maximum = maximum
        self.refusal = refusal
    }

    /// - Throws: `Problem` (503) where all are taken.
    func take() throws(Problem) -> Place {
        let place = Place(self)
        guard taken.wrappingAdd(1, ordering: .relaxed).newValue <= maximum else { throw refusal }
        return place
    }
}

extension Problem {
    static let tooManyUploads = Problem.unavailable(
        "as many uploads run as may; try again", retryAfter: 1, reason: "too-many-uploads")

    static let tooManyExports = Problem.unavailable(
        "as many exports are made as may; try again", retryAfter: 1, reason: "too-many-exports")
}
