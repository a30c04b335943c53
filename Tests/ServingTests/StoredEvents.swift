import Events
import Support

@testable import Serving
@testable import Store

extension StoredEvent {
    /// An event as the store would announce it; the item stands for itself.
    static func make(
        _ sequence: Int64, user: String = "u", item: Int32 = 0, seconds: Int = 0,
        strength: Float = 1
    ) -> StoredEvent {
        StoredEvent(
            sequence: EventSequence(sequence), user: UserKey(1), userID: UserID(stored: user),
            item: ItemKey(item),
            interaction: Interaction(
                item: ItemKey(item), strength: strength, time: .after(seconds)))
    }
}

extension Timestamp {
    /// So many seconds after the start of 2026.
    static func after(_ seconds: Int) -> Timestamp {
        Timestamp(milliseconds: 1_767_225_600_000) + .seconds(seconds)
    }
}

extension ItemDirectoryEntry {
    static func make(
        _ key: Int32, _ id: String, isAvailable: Bool = true, isDeleted: Bool = false,
        createdAt seconds: Int = 0, from: Int? = nil, until: Int? = nil
    ) -> ItemDirectoryEntry {
        ItemDirectoryEntry(
            key: ItemKey(key), id: ItemID(stored: id), isAvailable: isAvailable,
            isDeleted: isDeleted, categories: [], createdAt: .after(seconds),
            availableFrom: from.map(Timestamp.after), expiresAt: until.map(Timestamp.after))
    }
}

extension Deployment {
    static func make(_ id: Int64, version: Int) -> Deployment {
        Deployment(
            id: id, model: "vae", version: version, rollbackVersion: nil, reason: "",
            activatedAt: .after(0))
    }
}

extension UserStates {
    /// Over a store without any user.
    static var empty: UserStates {
        UserStates(byteCapacity: 100_000, historyLimit: 10) { _, _ in nil }
    }
}
