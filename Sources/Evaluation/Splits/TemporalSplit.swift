import Events
import Support

/// A split in time of a service's own log: what came before a moment trains, what came after is to
/// be found.
///
/// Measured are users with events on both sides. Their input is all that they did before, the
/// targets are the items that they did something positive with after it for the first time, and
/// the request is made at the first of these events.
///
/// Validation is a split of the same kind within the training part: its last stretch, with as many
/// events as the test part has, but no more than a fifth of those that there are.
///
/// Items are those that somebody did something positive with in the training part. Targets outside
/// of them can't be found by a model that learned from events, so they are left out, and counted.
package struct TemporalSplit: Sendable {
    /// Where the log is cut: events of the very moment come after.
    package enum Cut: Sendable, Equatable {
        case time(Timestamp)
        /// At the time of the event that has this share of all events before it, in 0...1.
        case share(Double)

        /// The moment of a log with these times; nil where that is after all of them.
        ///
        /// - Parameter times: Ascending.
        package func start(in times: [Timestamp]) -> Timestamp? {
            switch self {
            case .time(let time): return time
            case .share(let share):
                precondition((0...1).contains(share), "a cut at \(share) is outside of the log")
                let place = Int(Double(times.count) * share)
                return place < times.count ? times[place] : nil
            }
        }
    }

    /// What validation takes of the training part, at most.
    static let validationShare = 0.2

    /// The log's row of each of our rows, ascending.
    package let items: [ItemIndex]
    /// The histories before the cut that have something positive in them, on our rows.
    package let train: [[Interaction<ItemIndex>]]
    /// The user of each history of `train`, as an index of the given histories.
    package let trainUsers: [Int]
    package let test: [EvaluationCase]
    /// Targets of test that nobody had used before.
    package let unseenTargets: Int
    /// The same before the start of validation.
    package let reducedTrain: [[Interaction<ItemIndex>]]
    package let reducedTrainUsers: [Int]
    package let validation: [EvaluationCase]
    /// When the test begins; nil where that is after all events.
    package let testStart: Timestamp?
    package let validationStart: Timestamp?

    /// - Parameters:
    ///   - histories: One a user, oldest event first.
    ///   - trained: What of these is trained on, one a user; nil for all of it.
    ///   - attributes: One a user; empty where nothing is known of any.
    package init(
        _ histories: [[Interaction<ItemIndex>]], trained: [[Interaction<ItemIndex>]]? = nil,
        attributes: [UserAttributes] = [], at cut: Cut
    ) {
        let times = histories.joined().map(\.time).sorted()
        testStart = cut.start(in: times)
        let earlier = times.prefix { [testStart] in $0 < testStart ?? .distantFuture }
        let length = min(
            times.count - earlier.count, Int(Double(earlier.count) * Self.validationShare))
        validationStart = length > 0 ? earlier[earlier.count - length] : testStart

        let log = Log(
            histories: histories, trained: trained ?? histories, attributes: attributes)
        let rows = log.positiveItems(before: testStart ?? .distantFuture)
        items = rows.sorted()
        let numbering = Dictionary(
            uniqueKeysWithValues: items.enumerated().map { ($1, ItemIndex($0)) })
        (trainUsers, train) = log.histories(before: testStart, numbering)
        (reducedTrainUsers, reducedTrain) = log.histories(before: validationStart, numbering)
        (test, unseenTargets) = log.cases(from: testStart, until: nil, numbering)
        (validation, _) = log.cases(from: validationStart, until: testStart, numbering)
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(milliseconds: .max)
}

/// The whole log, from which parts are cut.
private struct Log {
    let histories: [[Interaction<ItemIndex>]]
    let trained: [[Interaction<ItemIndex>]]
    let attributes: [UserAttributes]

    func positiveItems(before end: Timestamp) -> Set<ItemIndex> {
        Set(trained.joined().lazy.filter { $0.strength > 0 && $0.time < end }.map(\.item))
    }

    /// The beginnings of what is trained on, without users who had nothing positive yet.
    func histories(
        before end: Timestamp?, _ numbering: [ItemIndex: ItemIndex]
    ) -> (users: [Int], histories: [[Interaction<ItemIndex>]]) {
        let end = end ?? .distantFuture
        var result: (users: [Int], histories: [[Interaction<ItemIndex>]]) = ([], [])
        for (user, history) in trained.enumerated() {
            let events = renumbered(history.prefix { $0.time < end }, numbering)
            guard events.contains(where: { $0.strength > 0 }) else { continue }
            result.users.append(user)
            result.histories.append(events)
        }
        return result
    }

    /// - Returns: The cases, and how many targets were left out since nobody had used them before.
    func cases(
        from start: Timestamp?, until end: Timestamp?, _ numbering: [ItemIndex: ItemIndex]
    ) -> (cases: [EvaluationCase], unseen: Int) {
        guard let start else { return ([], 0) }
        let known = positiveItems(before: start)
        var result: (cases: [EvaluationCase], unseen: Int) = ([], 0)
        for (user, history) in histories.enumerated() {
            let input = renumbered(history.prefix { $0.time < start }, numbering)
            let later = history.drop { $0.time < start }
                .prefix { $0.time < end ?? .distantFuture }
            var met = Set(history.prefix { $0.time < start }.map(\.item))
            let wanted = later.filter { $0.strength > 0 && met.insert($0.item).inserted }
            guard !input.isEmpty, let first = wanted.first else { continue }
            let targets = wanted.map(\.item).filter(known.contains).compactMap { numbering[$0] }
            result.unseen += wanted.count - targets.count
            guard !targets.isEmpty else { continue }
            result.cases.append(
                EvaluationCase(
                    input: input, targets: targets, now: first.time,
                    attributes: attributes.isEmpty ? .none : attributes[user]))
        }
        return result
    }

    private func renumbered(
        _ events: some Sequence<Interaction<ItemIndex>>, _ numbering: [ItemIndex: ItemIndex]
    ) -> [Interaction<ItemIndex>] {
        events.compactMap { event in numbering[event.item].map(event.withItem) }
    }
}
