import Events
import Support

/// The ratings of a MovieLens folder as events.
///
/// A user rates an item once in these data, so that user and item make the id: importing the same
/// data set twice stores it once.
package struct MovieLensEvents: EventSource {
    private let edition: MovieLensFolder.Edition
    private var lines: LineReader

    init(path: String, edition: MovieLensFolder.Edition) throws {
        self.edition = edition
        lines = try LineReader(path: path)
    }

    package var totalBytes: Int64 { lines.totalBytes }

    package mutating func nextChunk(maximum: Int) throws -> ImportChunk? {
        var chunk = ImportChunk()
        var count = 0
        while count < maximum, let line = try lines.next() {
            count += 1
            switch MovieLensRating.parse(line, edition: edition) {
            case .success(let rating): chunk.events.append(event(rating))
            case .failure(let problem): chunk.problems.append(problem)
            }
        }
        chunk.bytesRead = lines.bytesRead
        return count == 0 ? nil : chunk
    }

    private func event(_ rating: MovieLensRating) -> Event {
        let user = String(rating.user)
        let item = String(rating.item)
        return Event(
            id: "\(edition.rawValue):\(user):\(item)", type: "rating",
            user: UserID(stored: user), item: ItemID(stored: item), value: Double(rating.value),
            time: rating.time)
    }
}
