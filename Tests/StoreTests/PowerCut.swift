import Foundation
import Support

/// The database and its WAL as a power cut finds them: what was synced, and what was on its way.
struct PowerCut {
    private static let sectorSize = 512
    private static let suffixes = ["", "-wal"]

    private let path: String
    private let files: [(name: String, synced: Data?, written: Data?)]

    /// Takes up what a killed child left on a disk that forgets.
    init(of path: String) throws {
        self.path = path
        files = Self.suffixes.map { suffix in
            let name = path + suffix
            let files = FileManager.default
            return (name, files.contents(atPath: name + ".synced"), files.contents(atPath: name))
        }
    }

    /// Puts the files there as the cut leaves them. With a source of random numbers, some of the
    /// sectors that differ have arrived, and the file has either length; without, none have.
    func leave(_ random: RandomSource?) throws {
        var random = random
        for suffix in Self.suffixes + ["-shm"] {
            let name = path + suffix
            guard FileManager.default.fileExists(atPath: name) else { continue }
            try FileManager.default.removeItem(atPath: name)
        }
        for (name, synced, written) in files {
            let content = random == nil ? synced : Self.mixed(synced, written, &random)
            try content?.write(to: URL(fileURLWithPath: name))
        }
    }

    private static func mixed(
        _ synced: Data?, _ written: Data?, _ random: inout RandomSource?
    ) -> Data? {
        guard let written, var source = random else { return synced }
        defer { random = source }
        let synced = synced ?? Data()
        let length = Bool.random(using: &source) ? synced.count : written.count
        var content = Data(count: length)
        for start in stride(from: 0, to: length, by: sectorSize) {
            let end = min(start + sectorSize, length)
            let hasArrived = Bool.random(using: &source)
            let from = hasArrived ? written : synced
            // What one of them lacks is a hole, which reads as zeros.
            let available = min(end, from.count)
            if available > start {
                content.replaceSubrange(start..<available, with: from[start..<available])
            }
        }
        return content
    }
}
