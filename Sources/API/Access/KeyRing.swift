import HTTP
import Store
import Support
import Synchronization

/// The keys that are valid now. Read by the loops for each request; written by whoever creates or
/// revokes a key, after that is stored and before it is acknowledged.
package final class KeyRing: Sendable {
    /// Where a running service leaves the key of the commands on this machine.
    package static let commandKeySetting = "service.key"

    /// Whoever may read the database file may administrate the service that runs on it: with this
    /// key, which is drawn anew for each run.
    package let commandKey: String

    private let hasher: KeyHasher
    private let command: SecretText
    private let configured: SecretText?
    /// Only this machine reaches the service: it may be left open.
    private let isLocal: Bool
    /// There is or was a key, stored or configured. Once there was one, revoking the last one opens
    /// the service to nobody.
    private let hasHadKeys: Atomic<Bool>
    private let stored = Mutex(StoredKeys())
    /// The latest time that a key was asked for, in milliseconds: a clock that is set back brings no
    /// key back to life.
    private let latest = Atomic<Int64>(.min)
    private let onUse: @Sendable (Int64, Timestamp) -> Void

    private struct StoredKeys {
        var valid: [Int64: Key] = [:]
        /// Ids never come back. Whoever revokes a key may overtake the one who makes it, between the
        /// commit and the ring: a key that is added then must stay out.
        var revoked: Set<Int64> = []
    }

    /// A stored key. Any thread reads it, and writes what it remembers.
    private final class Key: Sendable {
        let name: String
        let scopes: KeyScopes
        let expiresAt: Timestamp?
        let lastUse = LastUse()
        private let hash: KeyHash
        /// The key itself, once somebody has brought it: hashing it anew for each request would be a
        /// tenth of a request's cost.
        private let verified = Mutex<SecretText?>(nil)

        init(_ record: KeyRecord) {
            name = record.name
            scopes = KeyScopes(stored: record.scopes)
            expiresAt = record.expiresAt
            hash = record.hash
        }

        func matches(_ text: UnsafeRawBufferPointer, _ hasher: KeyHasher) -> Bool {
            if verified.withLock({ $0?.matches(text) ?? false }) { return true }
            guard hash.matches(hasher.hash(text)) else { return false }
            verified.withLock { $0 = SecretText(text) }
            return true
        }
    }

    /// The minute in which a key was last used. Any thread reads and writes.
    private final class LastUse: Sendable {
        private let minute = Atomic<Int64>(0)

        /// Whether this is the first use within its minute.
        func note(_ now: Timestamp) -> Bool {
            let current = now.milliseconds / 60_000
            guard minute.load(ordering: .relaxed) != current else { return false }
            return minute.exchange(current, ordering: .relaxed) != current
        }
    }

    /// Who a key belongs to, and what it allows.
    struct Holder: Equatable {
        let caller: CallerID
        let scopes: KeyScopes
    }

    /// - Parameters:
    ///   - configured: The one key of the configuration.
    ///   - isLocal: Only this machine reaches the service.
    ///   - onUse: Told of the first use of a stored key in each minute.
    package init(
        hasher: KeyHasher, configured: String?, isLocal: Bool,
        onUse: @escaping @Sendable (Int64, Timestamp) -> Void = { _, _ in }
    ) {
        self.hasher = hasher
        self.isLocal = isLocal
        self.onUse = onUse
        commandKey = KeyText.make(id: "command")
        command = SecretText(commandKey)
        self.configured = configured.map { SecretText($0) }
        hasHadKeys = Atomic(configured != nil)
    }

    /// Takes up what is stored.
    package func load(from reader: StoreReader) async throws {
        let stored = try await reader.validKeys()
        if stored.hasAny { hasHadKeys.store(true, ordering: .relaxed) }
        for key in stored.keys { add(key) }
    }

    /// Somebody but the commands on this machine may call.
    package var letsAnybodyIn: Bool {
        isOpen || configured != nil || stored.withLock { !$0.valid.isEmpty }
    }

    /// There is no key, so whoever is on this machine may call.
    package var isOpen: Bool { isLocal && !hasHadKeys.load(ordering: .relaxed) }

    func add(_ key: KeyRecord) {
        hasHadKeys.store(true, ordering: .relaxed)
        let entry = Key(key)
        stored.withLock { stored in
            if !stored.revoked.contains(key.id) { stored.valid[key.id] = entry }
        }
    }

    func remove(_ id: Int64) {
        stored.withLock { stored in
            stored.revoked.insert(id)
            stored.valid[id] = nil
        }
    }

    /// A key's name, for the audit log.
    func name(of id: Int64) -> String? {
        stored.withLock { $0.valid[id]?.name }
    }

    /// Whose key this is; nil for none that is valid now.
    func holder(of text: UnsafeRawBufferPointer, now: Timestamp) -> Holder? {
        if let configured, configured.matches(text) {
            return Holder(caller: .configured, scopes: .all)
        }
        if command.matches(text) { return Holder(caller: .command, scopes: .all) }
        guard let id = KeyText.id(in: text), let key = stored.withLock({ $0.valid[id] }),
            key.matches(text, hasher)
        else { return nil }
        let reached = latest.max(now.milliseconds, ordering: .relaxed).newValue
        if let end = key.expiresAt, end.milliseconds <= reached { return nil }
        if key.lastUse.note(now) { onUse(id, now) }
        return Holder(caller: CallerID(id), scopes: key.scopes)
    }
}

/// Who calls, beside the ids of stored keys.
extension CallerID {
    /// Anybody on this machine, where there is no key.
    static let loopback = CallerID(-1)
    /// The key of the configuration.
    static let configured = CallerID(-2)
    /// A command on this machine.
    static let command = CallerID(-3)

    /// The id of the stored key.
    var keyID: Int64? { rawValue > 0 ? rawValue : nil }
}
