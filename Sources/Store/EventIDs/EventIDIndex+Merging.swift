/// Runs into larger runs, a few blocks at a time.
extension EventIDIndex {
    /// Starts a merge at each level that has enough runs for one.
    func beginMerges() throws {
        for level in Set(runs.map(\.level)) where merges[level] == nil {
            let inputs = runs.filter { $0.level == level }.prefix(layout.fanout)
            guard inputs.count == layout.fanout else { continue }
            hasChangedRuns = true
            let entryCount = inputs.reduce(0) { $0 + $1.entryCount }
            merges[level] = EventIDMerge(
                inputs: Array(inputs),
                output: try statements.beginRun(level: level + 1, entryCount: entryCount),
                filter: EventIDFilter(entryCount: entryCount))
        }
    }

    /// A merge where the process left it that had begun it; nil where its inputs are others, and what
    /// it had written is of no use.
    func merge(into output: Int64, level: Int, entryCount: Int) throws -> EventIDMerge? {
        let inputs = runs.filter { $0.level == level - 1 }.prefix(layout.fanout)
        guard inputs.count == layout.fanout, merges[level - 1] == nil,
            inputs.reduce(0, { $0 + $1.entryCount }) == entryCount
        else { return nil }
        var merge = EventIDMerge(
            inputs: Array(inputs), output: output, filter: EventIDFilter(entryCount: entryCount))
        // Blocks without entries aren't written: those behind the last one come again, to no effect.
        if let last = try statements.lastBlock(of: output) {
            merge.block = last / layout.fanout + 1
            merge.unfiltered = 0..<merge.block * layout.fanout
        }
        // The same ids make the same filter: its beginning can stay.
        merge.writtenBytes = try statements.filterSize(of: output)
        return merge
    }

    /// Goes on with the lowest level's merge: runs come fastest there.
    func mergeSome() throws {
        if merges.isEmpty { try beginMerges() }
        while credit > 0, let level = merges.keys.min(), let merge = merges[level] {
            hasChangedRuns = true
            if merge.block < layout.blockCount(ofLevel: level) || !merge.unfiltered.isEmpty {
                // Taken out, so that its filter isn't copied when it changes.
                merges[level] = nil
                merges[level] =
                    try merge.unfiltered.isEmpty ? merging(merge) : filtering(merge)
            } else if merge.writtenBytes < merge.filter.byteCount {
                merges[level]?.writtenBytes += try writeFilterPart(of: merge)
            } else {
                try finish(merge)
            }
        }
        if merges.isEmpty { credit = 0 }
    }

    /// The merge after its next block: that of all inputs becomes `fanout` blocks of the output.
    private func merging(_ merge: consuming EventIDMerge) throws -> EventIDMerge {
        var merge = consume merge
        var blocks = [[UInt8]](repeating: [], count: layout.fanout)
        let outputs = layout.blockCount(ofLevel: merge.level + 1)
        let first = merge.block * layout.fanout
        for run in merge.inputs {
            let entries = try statements.block(merge.block, of: run.number) {
                EventIDEntry.entries(of: $0)
            }
            for entry in entries ?? [] {
                entry.append(to: &blocks[EventIDRun.block(of: entry.id, among: outputs) - first])
                merge.filter.insert(entry.id)
            }
            credit -= entries?.count ?? 0
        }
        for (place, entries) in blocks.enumerated() {
            try statements.insert(entries, asBlock: first + place, of: merge.output)
        }
        credit -= 1
        merge.block += 1
        return merge
    }

    /// The merge with the ids of some more blocks in its filter that another process had written.
    /// Reading an id costs a small part of what moving one does.
    private func filtering(_ merge: consuming EventIDMerge) throws -> EventIDMerge {
        var merge = consume merge
        var count = 0
        for block in merge.unfiltered.prefix(Self.filteredAtOnce) {
            let entries = try statements.block(block, of: merge.output) {
                EventIDEntry.entries(of: $0)
            }
            for entry in entries ?? [] { merge.filter.insert(entry.id) }
            count += entries?.count ?? 0
        }
        merge.unfiltered = merge.unfiltered.dropFirst(Self.filteredAtOnce)
        credit -= 1 + count / Self.filteredForOneMoved
        return merge
    }

    private static let filteredAtOnce = 64
    private static let filteredForOneMoved = 32

    /// - Returns: How many bytes of the filter it wrote.
    private func writeFilterPart(of merge: EventIDMerge) throws -> Int {
        let length = layout.filterPartBytes
        let bytes = merge.filter.bytes(from: merge.writtenBytes, atMost: length)
        try statements.insertFilterPart(
            bytes, number: merge.writtenBytes / length, of: merge.output)
        credit -= layout.filterPartLength
        return bytes.count
    }

    private func finish(_ merge: EventIDMerge) throws {
        try statements.publish(merge.output)
        for run in merge.inputs {
            try statements.kill(run.number)
            garbage.append((run.number, run.level, 0))
        }
        let merged = Set(merge.inputs.map(\.number))
        runs.removeAll { merged.contains($0.number) }
        runs.append(
            EventIDRun(
                number: merge.output, level: merge.level + 1,
                entryCount: merge.inputs.reduce(0) { $0 + $1.entryCount }, filter: merge.filter))
        merges[merge.level] = nil
        try beginMerges()
    }

    /// Deletes blocks and filters of runs that were merged, and of those that a death left half
    /// written.
    func deleteGarbage() throws {
        var rest = credit
        while rest > 0, let (run, level, block) = garbage.last {
            hasChangedRuns = true
            if block == layout.blockCount(ofLevel: level) {
                if try statements.deleteFilterPart(of: run) {
                    rest -= layout.filterPartLength
                } else {
                    try statements.delete(run)
                    garbage.removeLast()
                }
            } else {
                try statements.deleteBlock(block, of: run)
                garbage[garbage.count - 1].block += 1
                rest -= layout.blockLength
            }
        }
    }
}
