import Foundation

/// What the kernel tells of this process, under the names that Prometheus' own clients use,
/// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
package enum ProcessMetrics {
    /// Reads /proc: not for an event loop. What can't be read is left out.
    package static func write(to page: inout MetricsPage) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        page.single(
            .counter, "process_cpu_seconds_total", "User and system CPU time of this process.",
            seconds(usage.ru_utime) + seconds(usage.ru_stime))
        page.single(
            .gauge, "process_resident_memory_peak_bytes", "The largest resident memory so far.",
            usage.ru_maxrss * 1024)
        if let memory = memory() {
            page.single(
                .gauge, "process_virtual_memory_bytes", "Virtual memory.", memory.virtual)
            page.single(
                .gauge, "process_resident_memory_bytes", "Resident memory.", memory.resident)
        }
        if let count = openDescriptors() {
            page.single(.gauge, "process_open_fds", "Open file descriptors.", count)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            page.single(
                .gauge, "process_max_fds", "How many file descriptors may be open.",
                Int(clamping: limit.rlim_cur))
        }
        if let start = startTime() {
            page.single(
                .gauge, "process_start_time_seconds",
                "When the process started, in seconds since 1970.", start)
        }
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
    private static func memory() -> (virtual: Int, resident: Int)? {
        let fields = words(of: "/proc/self/statm").compactMap { Int($0) }
        guard fields.count >= 2 else { return nil }
        let page = sysconf(Int32(_SC_PAGESIZE))
        return (fields[0] * page, fields[1] * page)
    }

    /// The one that lists them is among them.
    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        return count - 1
    }

    /// Field 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, in ticks since the
    /// machine's start.
    private static func startTime() -> Double? {
        let stat = words(of: "/proc/self/stat", behind: ")")
        let machine = text(of: "/proc/stat").split(separator: "\n")
            .first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }
        guard stat.count > 19, let ticks = Double(stat[19]), let machine else { return nil }
        return machine + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The words of a file, or those behind the last occurrence of a character.
    private static func words(of path: String, behind mark: Character? = nil) -> [Substring] {
        var rest = text(of: path)[...]
        if let mark, let end = rest.lastIndex(of: mark) { rest = rest[end...].dropFirst() }
        return rest.split { $0 == " " || $0 == "\n" }
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
