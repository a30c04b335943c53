/// A folder with the random holdout of MovieLens 100K that was published with CFGAN: the files
/// `ML100K.train` and `ML100K.test`, lines of `user item rating`, numbered from 0.
///
/// Reference: Chae et al., "CFGAN", CIKM 2018, doi:10.1145/3269206.3271743.
package struct CFGANFolder: Sendable {
    /// In the order of the files.
    package let train: [(user: Int, item: Int)]
    package let test: [(user: Int, item: Int)]

    /// - Throws: `ImportError.unreadable`, or `malformed` at the first bad line.
    package init(path: String) throws {
        train = try Self.pairs("\(path)/ML100K.train")
        test = try Self.pairs("\(path)/ML100K.test")
    }

    private static func pairs(_ path: String) throws -> [(user: Int, item: Int)] {
        var lines = try LineReader(path: path)
        var pairs: [(user: Int, item: Int)] = []
        while let line = try lines.next() {
            let fields = String(decoding: line.bytes, as: UTF8.self).split(
                whereSeparator: \.isWhitespace)
            guard fields.count == 3, let user = Int32(fields[0]), let item = Int32(fields[1]),
                user >= 0, item >= 0
            else {
                let problem = ImportProblem(line: line.number, reason: "not user, item and rating")
                throw ImportError.malformed(path: path, problem)
            }
            pairs.append((Int(user), Int(item)))
        }
        return pairs
    }
}
