import Events
import Foundation
import Support

extension MovieLensFolder {
    /// The films: title, genres as categories; `year` and, in the 100K edition, `releaseDate` as
    /// attributes.
    ///
    /// - Throws: `ImportError.malformed` at the first bad line.
    package func items() throws -> [ImportedItem] {
        switch edition {
        case .hundredThousand:
            let genres = try genres()
            return try records(edition.itemsFile, separator: "|", count: 5 + genres.count) {
                try Self.item($0, genres: genres)
            }
        case .oneMillion:
            return try records(edition.itemsFile, separator: "::", count: 3) {
                try Self.item(id: $0[0], title: $0[1], genres: $0[2].components(separatedBy: "|"))
            }
        }
    }

    /// The people: `gender`, `occupation`, `zip`, and `age` (100K) or `ageGroup` (1M).
    ///
    /// - Throws: `ImportError.malformed` at the first bad line.
    package func users() throws -> [ImportedUser] {
        switch edition {
        case .hundredThousand:
            try records(edition.usersFile, separator: "|", count: 5) {
                guard let age = Int64($0[1]) else { throw RuleViolation(reason: "no age") }
                return try Self.user(
                    $0[0],
                    [
                        "age": .integer(age), "gender": .string($0[2]),
                        "occupation": .string($0[3]), "zip": .string($0[4]),
                    ])
            }
        case .oneMillion:
            try records(edition.usersFile, separator: "::", count: 5) {
                guard let code = Int($0[3]), MovieLensCodes.occupations.indices.contains(code),
                    let ageGroup = MovieLensCodes.ageGroups[$0[2]]
                else { throw RuleViolation(reason: "unknown age or occupation") }
                return try Self.user(
                    $0[0],
                    [
                        "ageGroup": .string(ageGroup), "gender": .string($0[1]),
                        "occupation": .string(MovieLensCodes.occupations[code]),
                        "zip": .string($0[4]),
                    ])
            }
        }
    }

    /// `genre|number`, in the order of the columns of `u.item`; an empty line at the end.
    private func genres() throws -> [String] {
        try records("u.genre", separator: "|", count: 2) { $0[0] }
    }

    /// `id|title|release date|video release date|URL|one 0 or 1 for each genre`.
    private static func item(_ fields: [String], genres: [String]) throws -> ImportedItem {
        try item(
            id: fields[0], title: fields[1],
            genres: zip(genres, fields.dropFirst(5)).filter { $0.1 == "1" }.map(\.0),
            releaseDate: fields[2])
    }

    private static func item(
        id: String, title: String, genres: [String], releaseDate: String = ""
    ) throws -> ImportedItem {
        guard let itemID = ItemID(id) else { throw RuleViolation.identifier("item") }
        var attributes: [String: JSONValue] = [:]
        // "Toy Story (1995)"
        if title.hasSuffix(")"), let year = Int64(title.dropLast().suffix(4)) {
            attributes["year"] = .integer(year)
        }
        if let date = MovieLensCodes.isoDate(releaseDate) {
            attributes["releaseDate"] = .string(date)
        }
        return ImportedItem(
            id: itemID, title: title, categories: genres.filter { $0 != "unknown" },
            attributes: attributes.isEmpty ? nil : try JSONValue.text(of: attributes))
    }

    private static func user(
        _ id: String, _ attributes: [String: JSONValue]
    ) throws -> ImportedUser {
        guard let userID = UserID(id) else { throw RuleViolation.identifier("user") }
        return ImportedUser(id: userID, attributes: try JSONValue.text(of: attributes))
    }

    /// The lines of a file in ISO-8859-1, taken apart at a separator.
    private func records<Record>(
        _ name: String, separator: String, count: Int, _ make: ([String]) throws -> Record
    ) throws -> [Record] {
        var lines = try LineReader(path: file(name))
        var records: [Record] = []
        while let line = try lines.next() {
            // In ISO-8859-1 each byte is the Unicode scalar of the same number.
            let text = String(
                String.UnicodeScalarView(line.bytes.filter { $0 != 0x0D }.map(Unicode.Scalar.init)))
            if text.isEmpty && !line.isTooLong { continue }
            do {
                let fields = text.components(separatedBy: separator)
                guard fields.count == count else {
                    throw RuleViolation(reason: "\(fields.count) fields in place of \(count)")
                }
                records.append(try make(fields))
            } catch let violation as RuleViolation {
                let problem = ImportProblem(line: line.number, reason: violation.reason)
                throw ImportError.malformed(path: file(name), problem)
            }
        }
        return records
    }
}
