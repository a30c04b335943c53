import Events
import Support

/// Folds or drops what the configuration wants no longer kept as raw events: passes over the log, in
/// small steps.
///
/// Looking for old events is done by the readers. Each step of removing them is one short transaction
/// of the writer's, and between two of them it has four times as long for others.
package actor Retention {
    /// Events that are looked at in one read.
    private static let rangeLimit = 5000
    /// How long a step shall keep the writer, its commit aside.
    private static let stepTarget = Duration.milliseconds(4)
    private static let stepSizes = 16...2000
    private static let shareOfRest = 4
    private static let pauseInterval = Duration.milliseconds(500)

    private let store: Store
    private let options: RetentionOptions
    private let clock: any WallClock
    private var stepSize = 64

    package init(store: Store, options: RetentionOptions, clock: any WallClock) {
        self.store = store
        self.options = options
        self.clock = clock
    }

    /// Works until the task is cancelled. Nothing to do without rules.
    ///
    /// - Parameter report: Told of a pass that failed; the next one tries again.
    package func run(report: @Sendable (any Error) -> Void) async {
        guard !options.rules.isEmpty else { return }
        while !Task.isCancelled {
            do {
                try await pass()
            } catch {
                if Task.isCancelled { return }
                store.retentionStatus.note { $0.failedPasses += 1 }
                report(error)
            }
            try? await Task.sleep(for: options.interval)  // cancelled: the loop ends
        }
    }

    /// One pass over the whole log.
    package func pass() async throws {
        let start = ContinuousClock.now
        var judge = try await judge()
        if judge.counts { try await eachRange { _, events in judge.count(events) } }
        try await eachRange { retention, events in
            let old = events.compactMap { judge.verdict(on: $0) }
            try await retention.remove(old)
        }
        store.retentionStatus.note { counts in
            counts.passes += 1
            counts.lastPass = .now - start
        }
    }

    private func eachRange(
        _ body: (isolated Retention, [AgedEvent]) async throws -> Void
    ) async throws {
        var place = EventSequence.zero
        while true {
            try Task.checkCancellation()
            let start = ContinuousClock.now
            let events = try await patiently { [place] in
                try await store.reader.read { snapshot in
                    try snapshot.agedEvents(after: place, limit: Self.rangeLimit)
                }
            }
            guard let last = events.last else { return }
            place = last.sequence
            let rest = ContinuousClock.now - start
            try await body(self, events)
            try await Task.sleep(for: rest)
        }
    }

    /// A store that has too much to do for others is asked again: a pass that began anew each time
    /// would never come to its end.
    private func patiently<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        while true {
            do {
                return try await body()
            } catch StoreRefusal.queueFull, StoreRefusal.readersBusy {
                try await Task.sleep(for: Self.pauseInterval)
            }
        }
    }

    private func judge() async throws -> Judge {
        let names = try await store.reader.read { try $0.eventTypes() }
        return Judge(
            rules: names.compactMapValues { options.rules[$0] },
            meanings: names.mapValues { store.meanings[$0] }, now: clock.now())
    }

    private func remove(_ events: [OldEvent]) async throws {
        var rest = events[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            guard let (work, took) = try await patiently({ try await step(rest.prefix(stepSize)) })
            else {
                try await Task.sleep(for: Self.pauseInterval)
                continue
            }
            rest = rest.dropFirst(stepSize)
            adapt(work)
            try await Task.sleep(for: took * Self.shareOfRest)
        }
    }

    /// - Returns: How long the removing took, and how long the writer was kept, or a little more: the
    ///   commit takes what the disk takes, however large the step. Nil while there is a pause.
    private func step(
        _ events: ArraySlice<OldEvent>
    ) async throws -> (work: Duration, took: Duration)? {
        let status = store.retentionStatus
        // As heavy as a whole group, so that it shares no transaction with events.
        let (removed, start, work) = try await store.write(
            "remove old events", weight: WriterThread.groupWeight
        ) { connection in
            let start = ContinuousClock.now
            let removed = try connection.remove(events, status: status)
            return (removed, start, ContinuousClock.now - start)
        }
        guard let removed else { return nil }
        let took = ContinuousClock.now - start
        status.note { counts in
            counts.folded += removed.folded
            counts.dropped += removed.dropped
            counts.longestStep = max(counts.longestStep, took)
        }
        return (work, took)
    }

    private func adapt(_ work: Duration) {
        if work > Self.stepTarget * 2 {
            stepSize = max(stepSize / 2, Self.stepSizes.lowerBound)
        } else if work < Self.stepTarget {
            stepSize = min(stepSize * 3 / 2, Self.stepSizes.upperBound)
        }
    }
}

/// Says of each event of a pass whether it has to go.
private struct Judge {
    private static let day = 86_400.0

    private let rules: [EventTypeKey: RetentionOptions.Rule]
    private let meanings: [EventTypeKey: EventMeaning]
    /// The first moment that isn't too old.
    private var oldest: [EventTypeKey: Timestamp] = [:]
    /// How many more of the type's oldest events have to go, for their number alone.
    private var surplus: [EventTypeKey: Int] = [:]

    init(
        rules: [EventTypeKey: RetentionOptions.Rule], meanings: [EventTypeKey: EventMeaning],
        now: Timestamp
    ) {
        self.rules = rules
        self.meanings = meanings
        for (type, rule) in rules {
            if let days = rule.keptDays {
                oldest[type] = now + .milliseconds(-Int64(days * Self.day * 1000))
            }
            if let count = rule.keptEvents { surplus[type] = -count }
        }
    }

    /// Whether all events have to be counted first.
    var counts: Bool { !surplus.isEmpty }

    mutating func count(_ events: [AgedEvent]) {
        for event in events { surplus[event.type]? += 1 }
    }

    mutating func verdict(on event: AgedEvent) -> OldEvent? {
        guard let rule = rules[event.type] else { return nil }
        let isSurplus = surplus[event.type, default: 0] > 0
        let isOld = oldest[event.type].map { event.time < $0 } ?? false
        guard isSurplus || isOld else { return nil }
        surplus[event.type]? -= 1
        let strength = meanings[event.type]?.strength(value: event.value) ?? 0
        return OldEvent(
            sequence: event.sequence, isFolded: rule.isFolded, isPositive: strength > 0)
    }
}
