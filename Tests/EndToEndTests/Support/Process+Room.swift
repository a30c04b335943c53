import Foundation

extension Process {
    /// Runs it where reading a little beyond a list of open files does no harm: Foundation copies 256
    /// bytes for each name in /proc/self/fd, also for the last one of a full buffer, which with some
    /// 1,300 open files may be the end of the thread's heap.
    func runWithRoom() throws {
        // Freed memory stays with the heap, behind what is allocated next.
        let size = 96 * 1024
        guard let room = malloc(size) else { return try run() }
        // Used, so that it isn't optimised away.
        _ = getcwd(room.assumingMemoryBound(to: CChar.self), size)
        free(room)
        try run()
    }
}
