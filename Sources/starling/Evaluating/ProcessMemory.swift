import Foundation

enum ProcessMemory {
    /// The largest resident size so far.
    static var peakBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024  // Linux counts in KiB
    }
}
