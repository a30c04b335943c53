import Events
import Support

extension Store {
    /// Registers who hears of items that are new, changed or deleted: called on the writer's thread,
    /// after the commit and before it is acknowledged.
    package func observeItems(_ observer: @escaping @Sendable ([ItemDirectoryEntry]) -> Void) {
        observers.add(onItems: observer)
    }

    /// Registers who hears of what items say of themselves, when they are put: called after
    /// those of `observeItems`, on the writer's thread, before the put is acknowledged.
    package func observeContents(_ observer: @escaping @Sendable ([StoredContent]) -> Void) {
        observers.add(onContents: observer)
    }

    /// Creates or replaces items, all in one transaction.
    package func putItems(_ items: [Item]) async throws -> [PutOutcome] {
        // Reading the attributes needs no database: done here, off the writer's thread.
        let contents = try items.map { try ItemContent(of: $0) }
        return try await write("put items", weight: max(1, items.count)) { connection in
            try zip(items, contents).map { try connection.putItem($0, content: $1) }
        }
    }

    /// Reads, changes and writes an item in one transaction. Nil where there is none. The item's
    /// id stays what it is, whatever the change says; an error of the change changes nothing.
    package func updateItem(
        _ id: ItemID, _ change: @escaping @Sendable (inout Item) throws -> Void
    ) async throws -> Item? {
        try await write("update item") { connection in
            guard var item = try connection.db.item(id)?.item else { return nil }
            let content = try NothingWritten.on {
                try change(&item)
                item.id = id
                return try ItemContent(of: item)
            }
            _ = try connection.putItem(item, content: content)
            return try connection.db.item(id)?.item
        }
    }

    /// Takes an item out of the catalogue. Its events stay in the log; a later event does not
    /// bring it back, putting it does.
    package func deleteItem(_ id: ItemID) async throws -> Bool {
        try await write("delete item") { connection in
            guard let stored = try connection.db.item(id) else { return false }
            try connection.db.markItemDeleted(stored.key)
            connection.pending.itemCount -= 1
            connection.note(stored.item, key: stored.key, isDeleted: true)
            return true
        }
    }
}

extension WriterConnection {
    func putItem(_ item: Item, content: ItemContent) throws -> PutOutcome {
        if let stored = try db.item(item.id) {
            let createdAt = item.createdAt ?? stored.item.createdAt ?? clock.now()
            try db.writeItem(item, key: stored.key, createdAt: createdAt)
            note(item, key: stored.key, createdAt: createdAt)
            noteContent(content, of: item, key: stored.key)
            return .replaced(stored.key)
        }
        let createdAt = item.createdAt ?? clock.now()
        // The row of a deleted item comes back; otherwise `itemKey` makes one, and counts it.
        let deleted = try db.itemKey(of: item.id)
        if deleted != nil { pending.itemCount += 1 }
        let key = try deleted ?? itemKey(of: item.id, createdAt: createdAt)
        try db.writeItem(item, key: key, createdAt: createdAt)
        note(item, key: key, createdAt: createdAt)
        noteContent(content, of: item, key: key)
        return .created(key)
    }

    /// For the observers: what the item says of itself.
    private func noteContent(_ content: ItemContent, of item: Item, key: ItemKey) {
        guard !content.isEmpty else { return }
        pending.contents.append(StoredContent(key: key, id: item.id, content: content))
    }

    /// For the observers: how the item's directory entry reads now.
    fileprivate func note(
        _ item: Item, key: ItemKey, createdAt: Timestamp? = nil, isDeleted: Bool = false
    ) {
        pending.items.append(
            ItemDirectoryEntry(
                key: key, id: item.id, isAvailable: item.isAvailable && !isDeleted,
                isDeleted: isDeleted, categories: item.categories,
                createdAt: createdAt ?? item.createdAt ?? clock.now(),
                availableFrom: item.availableFrom, expiresAt: item.expiresAt))
    }
}
