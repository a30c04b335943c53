import Support

/// The answers that the writer's thread has taken and not yet committed. Confined to it.
struct WaitingAnswers {
    /// Written ones that stay beside others that aren't yet.
    private static let writtenAtMost = 16_384

    let log: RecommendationLog
    private var taken = AnswerBuffer()
    /// How many of the taken ones are in the file.
    private var written = 0
    /// The place of each taken answer, made when an event first asks for one.
    private var places: [AnswerID: Int] = [:]
    private var indexed = 0

    init(_ log: RecommendationLog) {
        self.log = log
    }

    /// The next ones to be written, oldest first.
    mutating func next(_ limit: Int) -> ArraySlice<AnswerBuffer.Entry> {
        if written == taken.entries.count {
            taken = log.take(sizing: taken)
            (written, indexed, places) = (0, 0, [:])
        } else if written >= Self.writtenAtMost {
            taken.removeFirst(written)
            (written, indexed, places) = (0, 0, [:])
        }
        return taken.entries[written...].prefix(limit)
    }

    func items(of entry: AnswerBuffer.Entry) -> ArraySlice<ItemKey> { taken.items(of: entry) }

    /// Called after the commit.
    mutating func noteWritten(_ count: Int, collided: Int) {
        written += count
        log.noteWritten(count, collided: collided)
    }

    /// An answer that was given a moment ago. Those that are in the file need not be found.
    mutating func answer(_ id: AnswerID) -> AnswerBuffer.Entry? {
        taken.append(log.take())
        for place in indexed..<taken.entries.count { places[taken.entries[place].id] = place }
        indexed = taken.entries.count
        return places[id].map { taken.entries[$0] }
    }
}
