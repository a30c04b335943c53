/// A run of ids that lie in blocks in the file, its filter in memory.
struct EventIDRun: Sendable {
    let number: Int64
    let level: Int
    let entryCount: Int
    let filter: EventIDFilter

    /// Which block of so many has the id. A block's ids at one level are those of `fanout` blocks
    /// that follow each other at the next.
    static func block(of id: EventHash, among count: Int) -> Int {
        Int(id.high.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// Of a block in the file, or of a part of the filter.
    static func key(run: Int64, number: Int) -> Int64 { run << 32 | Int64(number) }

    static func keys(ofRun run: Int64) -> ClosedRange<Int64> {
        let first = key(run: run, number: 0)
        return first...first + Int64(UInt32.max)
    }
}

/// How the runs of a database are laid out.
struct EventIDLayout: Sendable {
    /// Ids in memory that are not in a run yet, roughly.
    var tailCapacity = 65_536
    /// So many runs of one level become one of the next.
    var fanout = 8
    /// At level 0: about 64 ids, 2 KiB, in each.
    var blocks = 1024
    /// How many ids are merged for each that comes in: more than there will be levels.
    var mergedPerID = 6
    /// So much of a filter is written or removed at a time: what 8,192 ids take.
    var filterPartBytes = 262_144

    /// How many ids a block has, roughly.
    var blockLength: Int { max(1, tailCapacity / blocks) }

    /// How many ids take as much room as a part of a filter.
    var filterPartLength: Int { max(1, filterPartBytes / EventIDEntry.byteCount) }

    func blockCount(ofLevel level: Int) -> Int {
        (0..<level).reduce(blocks) { count, _ in count * fanout }
    }
}

/// Runs of one level on their way into one of the next.
struct EventIDMerge: Sendable {
    let inputs: [EventIDRun]
    let output: Int64
    /// The next block of the inputs.
    var block = 0
    var filter: EventIDFilter
    /// Blocks of the output whose ids aren't in the filter yet.
    var unfiltered = 0..<0
    /// Bytes of the filter that are in the file: none before it has all ids.
    var writtenBytes = 0

    var level: Int { inputs[0].level }
}
