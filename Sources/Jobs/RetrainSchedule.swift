import Store
import Support

/// Says when enough is new for a retrain: so many events, or so much time, whichever comes first,
/// and never without a new event. Counted from the last attempt, also across restarts.
struct RetrainSchedule {
    private static let setting = "retrain.lastAttempt"

    private let isEnabled: Bool
    private let afterEvents: Int64
    private let after: Duration
    private var lastSequence: EventSequence
    private var lastAttempt: Timestamp

    init(store: Store, options: JobOptions, now: Timestamp) async throws {
        isEnabled = options.retrainsByItself
        afterEvents = Int64(options.retrainAfterEvents)
        after = options.retrainAfter
        let stored = try await store.reader.setting(Self.setting) ?? ""
        let parts = stored.split(separator: " ").compactMap { Int64($0) }
        lastSequence = EventSequence(parts.first ?? 0)
        lastAttempt = parts.count == 2 ? Timestamp(milliseconds: parts[1]) : now
        // A service that restarts often would else never see its first interval end.
        if parts.count != 2 { try await save(in: store) }
    }

    /// Why a retrain is due; nil where none is. Where the clock was set back behind the last
    /// attempt, the interval begins anew.
    mutating func isDue(newest: EventSequence, now: Timestamp) -> String? {
        lastAttempt = min(lastAttempt, now)
        let new = newest.rawValue - lastSequence.rawValue
        guard isEnabled, new > 0 else { return nil }
        if new >= afterEvents { return "\(new) new events" }
        if now - lastAttempt >= after { return "\(new) new events in \(now - lastAttempt)" }
        return nil
    }

    mutating func noteAttempt(newest: EventSequence, now: Timestamp) {
        lastSequence = newest
        lastAttempt = now
    }

    /// Remembers the last attempt for the next start.
    func save(in store: Store) async throws {
        try await store.setSetting(
            Self.setting, "\(lastSequence.rawValue) \(lastAttempt.milliseconds)")
    }
}
