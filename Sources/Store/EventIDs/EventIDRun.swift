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

    static func key(run: Int64, block: Int) -> Int64 { run << 32 | Int64(block) }
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

    /// How many ids a block has, roughly.
    var blockLength: Int { max(1, tailCapacity / blocks) }

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

    var level: Int { inputs[0].level }
}
