import Events
import Foundation
import GRDB
import Support

/// The log of recommendations on the writer's thread.
extension WriterConnection {
    /// Answers in one transaction: an event waits no longer than these take.
    static let answersAtOnce = 4000
    /// How many old answers leave in a turn, beside one for each that comes.
    private static let removedAtOnce = 500

    /// Whether more wait than one turn takes.
    var hasManyAnswers: Bool { answers.log.counts.waiting >= Self.answersAtOnce }

    /// Writes some of the waiting answers, and removes some that are too old, in a transaction of
    /// its own.
    ///
    /// - Returns: How many were written; after an error they go on waiting.
    func takeTurnForAnswers() throws -> Int {
        do {
            return try inTransaction { try writeAnswers() }
        } catch {
            answers.log.noteFailure()
            throw error
        }
    }

    /// Inside a transaction: the caller commits.
    ///
    /// - Returns: How many were written.
    func writeAnswers() throws -> Int {
        let entries = answers.next(Self.answersAtOnce)
        try insert(entries)
        try removeOldAnswers(limit: entries.count + Self.removedAtOnce)
        pending.writtenAnswers = entries.count
        return entries.count
    }

    /// Answers to users who were erased meanwhile are passed over, and those whose number is taken
    /// counted.
    private func insert(_ entries: ArraySlice<AnswerBuffer.Entry>) throws {
        guard !entries.isEmpty else { return }
        let insert = try RawStatement(
            db,
            sql: """
                INSERT OR IGNORE INTO recommendations (id, nonce, user, source, items)
                SELECT ?1, ?2, ?3, ?4, ?5
                WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM users WHERE key = ?3)
                """)
        var shown: [ShownSum: Int] = [:]
        var last: (source: AnswerSource, key: Int64)?
        var list: [UInt8] = []
        for entry in entries {
            let source =
                if let last, last.source == entry.source { last.key } else {
                    try key(of: entry.source)
                }
            last = (entry.source, source)
            let items = answers.items(of: entry)
            list.removeAll(keepingCapacity: true)
            ItemKeyList.append(items, to: &list)
            insert.bind(entry.id.number, at: 1)
            insert.bind(Int64(bitPattern: entry.id.nonce), at: 2)
            insert.bind(entry.user?.rawValue, at: 3)
            insert.bind(source, at: 4)
            list.withUnsafeBytes { insert.bind($0, at: 5) }
            guard try insert.run() == 1 else {
                let isErased = try entry.user.map { try !db.hasUser($0) } ?? false
                pending.collidedAnswers += isErased ? 0 : 1
                continue
            }
            pending.recommendationCount += 1
            let sum = ShownSum(day: entry.id.time.day, source: source, length: items.count)
            shown[sum, default: 0] += 1
        }
        try db.addToShown(shown)
    }

    private func removeOldAnswers(limit: Int) throws {
        let options = answers.log.options
        let now = clock.now()
        let oldest = AnswerID.number(at: now + .seconds(-86_400 * options.keptDays))
        let expired = try db.deleteOldestRecommendations(limit, before: oldest)
        // This turn's own are in no counter yet.
        let count = Int(try db.counter("recommendations")) + pending.recommendationCount - expired
        let excess = min(limit - expired, count - options.keptAnswers)
        let surplus = excess > 0 ? try db.deleteOldestRecommendations(excess) : 0
        pending.recommendationCount -= expired + surplus
        try db.deleteOldestSums(before: now.day - RecommendationLogOptions.daysOfSums)
    }

    /// Counts an event that names the answer it came from: by the answer's source and the item's
    /// place in it.
    func countLink(to text: String, type: EventTypeKey, item: ItemKey, now: Timestamp) throws {
        let id = AnswerID(text)
        if let id, !answers.log.includes(id) { return }
        guard let id, let answer = try answer(id) else {
            let sum = LinkSum(day: now.day, source: LinkSum.unknown, type: type, position: 0)
            pending.links[sum, default: 0] += 1
            return
        }
        let place = answer.items.firstIndex(of: item).map { $0 + 1 } ?? 0
        let sum = LinkSum(day: id.time.day, source: answer.source, type: type, position: place)
        pending.links[sum, default: 0] += 1
    }

    private func answer(_ id: AnswerID) throws -> (source: Int64, items: [ItemKey])? {
        if let stored = try db.recommendation(id) { return stored }
        return try answers.answer(id).map { entry in
            (try key(of: entry.source), Array(answers.items(of: entry)))
        }
    }

    private func key(of source: AnswerSource) throws -> Int64 {
        if let key = sourceKeys[source] { return key }
        let key = try db.key(of: source)
        sourceKeys[source] = key
        return key
    }
}
