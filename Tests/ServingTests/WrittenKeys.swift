import Events
import Support
import Synchronization

@testable import Store

/// What a store would hold of the catalogue, between a thread that writes and one that reads.
final class WrittenKeys: Sendable {
    private let state = Mutex<(keys: [Int32], hasEnded: Bool)>(([], false))

    var keys: [Int32] { state.withLock { $0.keys } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func append(_ key: Int32) { state.withLock { $0.keys.append(key) } }

    func end() { state.withLock { $0.hasEnded = true } }
}

extension StoredContent {
    static func make(_ key: Int32, category: String) -> StoredContent {
        StoredContent(
            key: ItemKey(key), id: ItemID(stored: "i\(key)"),
            content: ItemContent(categories: [category]))
    }
}
