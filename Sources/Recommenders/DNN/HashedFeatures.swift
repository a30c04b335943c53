import Events
import Support

/// Terms as rows of a table that all of them share: each is hashed to a row, whatever else there is,
/// so that one that was never seen has a row too.
///
/// The terms are those of the content-based model; of a number there is also what it begins with, so
/// that 1994 and 1995 have something in common.
///
/// Reference: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009,
/// section 2, without signs. The hash is FNV-1a (Fowler, Noll & Vo) in 64 bits.
enum HashedFeatures {
    /// Of an item, ascending, each once.
    static func buckets(of content: ItemContent, count: Int) -> [Int32] {
        let terms = ContentTerms.terms(of: content) + beginnings(of: content.attributes)
        return Set(terms.map { Int32(hash($0) % UInt64(count)) }).sorted()
    }

    /// Of a user, ascending, each once.
    static func buckets(of attributes: UserAttributes, count: Int) -> [Int32] {
        buckets(of: ItemContent(attributes: attributes.values), count: count)
    }

    /// Leaves out what fewer than so many rows have: it would be one row's, not a feature.
    static func droppingRare(_ rows: [[Int32]], below minimum: Int) -> [[Int32]] {
        var counts: [Int32: Int] = [:]
        for bucket in rows.joined() { counts[bucket, default: 0] += 1 }
        return rows.map { row in row.filter { counts[$0, default: 0] >= minimum } }
    }

    /// The numbers among the values, each cut after three digits.
    private static func beginnings(of values: [String: JSONValue]) -> [String] {
        values.compactMap { key, value in
            switch value {
            case .integer(let number): "a:\(key)~\(cut(Double(number)))"
            case .number(let number): "a:\(key)~\(cut(number))"
            default: nil
            }
        }
    }

    /// 199 of 1994, in steps of its size.
    private static func cut(_ number: Double) -> Double {
        var (unit, digits) = (1.0, abs(number))
        while digits >= 1000 && digits.isFinite {
            digits /= 10
            unit *= 10
        }
        return digits.rounded(.down) * unit * (number < 0 ? -1 : 1)
    }

    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
