import Support

/// Leaves out events on items that were deleted.
struct DeletedItems: PreprocessingStep {
    let catalogue: [ItemKey: ItemID]

    var name: String { "deletedItems" }

    func apply(to log: inout PreprocessedLog) -> String {
        for index in log.events.indices
        where catalogue[log.events[index].interaction.item] == nil {
            log.drop(index)
        }
        return "on items that the catalogue no longer has"
    }
}

/// Leaves out items that nobody liked: no model by what users did can say anything of them.
struct UnlikedItems: PreprocessingStep {
    var name: String { "unlikedItems" }

    func apply(to log: inout PreprocessedLog) -> String {
        let liked = log.likedItems()
        for index in log.events.indices
        where log.isKept[index] && !liked.contains(log.events[index].interaction.item) {
            log.drop(index)
        }
        return "on items that nobody did anything positive with"
    }
}

extension PreprocessedLog {
    /// Items with an event of positive strength that is still in.
    func likedItems() -> Set<ItemKey> {
        Set(
            keptIndices.lazy.map { events[$0].interaction }.filter { $0.strength > 0 }
                .map(\.item))
    }

    /// Items that somebody liked from a moment on.
    func likedItems(from start: Timestamp) -> Set<ItemKey> {
        Set(
            events.lazy.map(\.interaction).filter { $0.strength > 0 && $0.time >= start }
                .map(\.item))
    }
}
