import HTTP
import Synchronization

/// How many uploads may run at once. What they hold of their content is counted among all requests'
/// (`BodyBudget`); what their connections have read ahead is bounded by their number. Any thread takes
/// and gives back.
final class UploadPlaces: Sendable {
    /// Held for as long as an upload runs.
    final class Place: Sendable {
        private let places: UploadPlaces

        fileprivate init(_ places: UploadPlaces) { self.places = places }

        deinit { places.taken.wrappingSubtract(1, ordering: .relaxed) }
    }

    private let maximum: Int
    private let taken = Atomic(0)

    init(_ maximum: Int) {
        self.maximum = maximum
    }

    /// - Throws: `Problem` (503) where all are taken.
    func take() throws(Problem) -> Place {
        let place = Place(self)
        guard taken.wrappingAdd(1, ordering: .relaxed).newValue <= maximum else {
            throw .tooManyUploads
        }
        return place
    }
}

extension Problem {
    static let tooManyUploads = Problem.unavailable(
        "as many uploads run as may; try again", retryAfter: 1, reason: "too-many-uploads")
}
