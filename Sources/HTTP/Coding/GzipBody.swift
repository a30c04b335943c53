import Synchronization

/// A request's content that arrives packed, for one consumer: unpacked piece by piece, as it is
/// asked for.
package final class GzipBody: BodySource {
    /// How much is unpacked at a time. A packed byte makes a thousand at most; so whoever reads
    /// finds out that there is too much before it is there.
    private static let pieceBytes = 256 * 1024

    private let packed: any BodySource
    /// Touched by the one consumer only.
    private let decoder = Mutex(GzipDecoder())

    package init(_ packed: any BodySource) {
        self.packed = packed
    }

    /// - Throws: `Problem` (400) where the content is no gzip or breaks off, and what the source
    ///   throws.
    package func next() async throws -> [UInt8]? {
        while true {
            let piece = try decoder.withLock { try Self.piece(of: $0) }
            if !piece.isEmpty {
                await Task.yield()  // a long content leaves room for others
                return piece
            }
            guard let part = try await packed.next() else { break }
            decoder.withLock { $0.supply(part) }
        }
        guard decoder.withLock({ $0.isComplete }) else {
            throw Problem.brokenContent("the gzip content breaks off")
        }
        return nil
    }

    private static func piece(of decoder: GzipDecoder) throws(Problem) -> [UInt8] {
        do {
            return try decoder.next(atMost: pieceBytes)
        } catch {
            throw Problem.brokenContent("the content is not valid gzip")
        }
    }
}

extension Problem {
    fileprivate static func brokenContent(_ detail: String) -> Problem {
        .badRequest("invalid-content", detail)
    }
}
