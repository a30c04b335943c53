import Support
import Synchronization

/// What was taken out of the log: whoever keeps a user's state in memory must forget it.
package enum StoreErasure: Sendable, Equatable {
    /// Positive events that were folded, as far as an item's popularity has them.
    package struct Folded: Sendable, Equatable {
        package let item: ItemKey
        package let count: Int
        /// When the first of them was: for none of them more is taken away than it gave.
        package let since: Timestamp
    }

    case event(StoredEvent)
    case folded(Folded)
    case user(UserKey, UserID)
}

/// Who hears of committed changes. Registered by any thread, called on the writer's.
final class StoreObservers: Sendable {
    private struct Registered {
        var items: [@Sendable ([ItemDirectoryEntry]) -> Void] = []
        var contents: [@Sendable ([StoredContent]) -> Void] = []
        var users: [@Sendable ([UserID]) -> Void] = []
        var appends: [@Sendable ([StoredEvent]) -> Void] = []
        var erasures: [@Sendable ([StoreErasure]) -> Void] = []
    }

    private let registered = Mutex(Registered())

    func add(onItems observer: @escaping @Sendable ([ItemDirectoryEntry]) -> Void) {
        registered.withLock { $0.items.append(observer) }
    }

    func add(onContents observer: @escaping @Sendable ([StoredContent]) -> Void) {
        registered.withLock { $0.contents.append(observer) }
    }

    func add(onUsers observer: @escaping @Sendable ([UserID]) -> Void) {
        registered.withLock { $0.users.append(observer) }
    }

    func add(onAppends observer: @escaping @Sendable ([StoredEvent]) -> Void) {
        registered.withLock { $0.appends.append(observer) }
    }

    func add(onErasures observer: @escaping @Sendable ([StoreErasure]) -> Void) {
        registered.withLock { $0.erasures.append(observer) }
    }

    func publish(_ changes: PendingChanges) {
        let registered = registered.withLock { $0 }
        if !changes.items.isEmpty { for tell in registered.items { tell(changes.items) } }
        if !changes.contents.isEmpty { for tell in registered.contents { tell(changes.contents) } }
        if !changes.users.isEmpty { for tell in registered.users { tell(changes.users) } }
        if !changes.appended.isEmpty { for tell in registered.appends { tell(changes.appended) } }
        // Last: an event may have come and gone in one group.
        if !changes.erased.isEmpty { for tell in registered.erasures { tell(changes.erased) } }
    }
}
