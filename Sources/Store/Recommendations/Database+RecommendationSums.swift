import Events
import GRDB
import Support

/// Answers of one source and length on one day.
struct ShownSum: Hashable {
    let day: Int
    let source: Int64
    let length: Int
}

/// Events of one type that came from one place of one source's answers of one day.
struct LinkSum: Hashable {
    /// The source of an answer that isn't known.
    static let unknown: Int64 = 0

    let day: Int
    let source: Int64
    let type: EventTypeKey
    let position: Int
}

/// The sums over the log of recommendations: what a statistic reads instead of the log.
extension Database {
    func addToShown(_ gains: [ShownSum: Int]) throws {
        guard !gains.isEmpty else { return }
        let statement = try cachedStatement(
            sql: """
                INSERT INTO recommendation_shown (day, source, length, count) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count
                """)
        for (sum, count) in gains {
            try statement.execute(arguments: [sum.day, sum.source, sum.length, count])
        }
    }

    func addToLinks(_ gains: [LinkSum: Int]) throws {
        guard !gains.isEmpty else { return }
        let statement = try cachedStatement(
            sql: """
                INSERT INTO recommendation_links (day, source, type, position, count)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count
                """)
        for (sum, count) in gains {
            try statement.execute(arguments: [
                sum.day, sum.source, sum.type.rawValue, sum.position, count,
            ])
        }
    }

    /// The oldest day's, if that is before the given one.
    func deleteOldestSums(before day: Int) throws {
        for table in ["recommendation_shown", "recommendation_links"] {
            try cachedStatement(
                sql: "DELETE FROM \(table) WHERE day = (SELECT min(day) FROM \(table)) AND day < ?"
            ).execute(arguments: [day])
        }
    }

    func recommendationSums(since day: Int) throws -> RecommendationSums {
        var bySource: [Int64: RecommendationSums.OfSource] = [:]
        var unknownLinks: [String: Int] = [:]
        let shown = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT source, length, sum(count) FROM recommendation_shown WHERE day >= ?
                    GROUP BY source, length
                    """), arguments: [day])
        while let row = try shown.next() {
            bySource[row[0], default: .init()].answersByLength[row[1]] = row[2]
        }
        let names = try eventTypeNames()
        let links = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT source, type, position, sum(count) FROM recommendation_links
                    WHERE day >= ? GROUP BY source, type, position
                    """), arguments: [day])
        while let row = try links.next() {
            let type = names[EventTypeKey(row[1])] ?? ""
            if row[0] == LinkSum.unknown {
                unknownLinks[type, default: 0] += row[3]
            } else {
                bySource[row[0], default: .init()].events[type, default: [:]][row[2]] = row[3]
            }
        }
        return RecommendationSums(
            kept: Int(try counter("recommendations")),
            bySource: Dictionary(
                uniqueKeysWithValues: try bySource.map { (try answerSource($0), $1) }),
            unknownLinks: unknownLinks)
    }
}
