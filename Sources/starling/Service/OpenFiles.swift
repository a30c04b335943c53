import Foundation

/// How many files and sockets the process may have open.
enum OpenFiles {
    /// For all that isn't a client's connection: the database, its readers, trainer, backups, logs.
    static let reserve = 256

    /// Raises the process's own bound to what the system allows it; login shells often begin with
    /// 1,024.
    ///
    /// - Returns: How many connections there may be.
    static func makeRoomForConnections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return .max
        }
        let allowed = limit.rlim_max
        if limit.rlim_cur < allowed {
            limit.rlim_cur = allowed
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            }
        }
        return max(1, Int(clamping: limit.rlim_cur) - reserve)
    }
}
