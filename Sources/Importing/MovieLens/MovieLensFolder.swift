import Events
import Foundation
import Support

/// A folder with a MovieLens data set as GroupLens publishes it: the 100K or the 1M edition.
///
/// Reference: Harper & Konstan, "The MovieLens Datasets", ACM TiiS 5(4), 2015,
/// doi:10.1145/2827872; the README files of both editions.
package struct MovieLensFolder: Sendable {
    package enum Edition: String, CaseIterable, Sendable {
        case hundredThousand = "movielens-100k"
        case oneMillion = "movielens-1m"

        var fileNames: [String] {
            switch self {
            case .hundredThousand: ["u.data", "u.item", "u.user", "u.genre"]
            case .oneMillion: ["ratings.dat", "movies.dat", "users.dat"]
            }
        }

        var ratingsFile: String { self == .hundredThousand ? "u.data" : "ratings.dat" }
        var itemsFile: String { self == .hundredThousand ? "u.item" : "movies.dat" }
        var usersFile: String { self == .hundredThousand ? "u.user" : "users.dat" }
    }

    package let edition: Edition
    let path: String

    /// Recognises the edition by its files.
    ///
    /// - Throws: `ImportError.missingFiles` with the files that are missing.
    package init(path: String) throws {
        func missing(_ edition: Edition) -> [String] {
            edition.fileNames.filter { !FileManager.default.fileExists(atPath: "\(path)/\($0)") }
        }
        let editions = Edition.allCases
        if let edition = editions.first(where: { missing($0).isEmpty }) {
            (self.edition, self.path) = (edition, path)
            return
        }
        // With a part of one edition there, only its other files are worth naming.
        let begun = editions.first { missing($0).count < $0.fileNames.count }
        throw ImportError.missingFiles(
            folder: path, names: begun.map(missing) ?? editions.map(\.ratingsFile))
    }

    /// The ratings as events of type `rating`, in the order of the file.
    package func events() throws -> MovieLensEvents {
        try MovieLensEvents(path: file(edition.ratingsFile), edition: edition)
    }

    /// All ratings in the order of the file, for an evaluation in memory.
    ///
    /// - Throws: `ImportError.malformed` at the first bad line.
    package func ratings() throws
        -> [(user: Int, item: Int, value: Double, time: Timestamp)]
    {
        let path = file(edition.ratingsFile)
        var lines = try LineReader(path: path)
        var ratings: [(user: Int, item: Int, value: Double, time: Timestamp)] = []
        while let line = try lines.next() {
            switch MovieLensRating.parse(line, edition: edition) {
            case .success(let rating):
                ratings.append((rating.user, rating.item, Double(rating.value), rating.time))
            case .failure(let problem):
                throw ImportError.malformed(path: path, problem)
            }
        }
        return ratings
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
