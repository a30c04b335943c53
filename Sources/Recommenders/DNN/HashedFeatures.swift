import Events
import Support

/// Attributes as rows of a table that all of them share: each is hashed to a row, whatever else
/// there is, so that one that was never seen has a row too.
///
/// Categories, words of the title and `key=value` of the attributes are features; of a number also
/// its first three digits, so that 1994 and 1995 have something in common.
///
/// Reference: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009,
/// section 2, without signs. The hash is FNV-1a (Fowler, Noll & Vo) in 64 bits.
enum HashedFeatures {
    /// Of an item, ascending, each once.
    static func buckets(of content: ItemContent, count: Int) -> [Int32] {
        var features = Set(content.categories.map { "category:" + $0 })
        for word in words(of: content.title ?? "") { features.insert("title:" + word) }
        insert(content.attributes, into: &features)
        return buckets(features, count: count)
    }

    /// Of a user, ascending, each once.
    static func buckets(of attributes: UserAttributes, count: Int) -> [Int32] {
        var features: Set<String> = []
        insert(attributes.values, into: &features)
        return buckets(features, count: count)
    }

    /// Leaves out what fewer than so many rows have: it would be one row's, not a feature.
    static func droppingRare(_ rows: [[Int32]], below minimum: Int) -> [[Int32]] {
        var counts: [Int32: Int] = [:]
        for bucket in rows.joined() { counts[bucket, default: 0] += 1 }
        return rows.map { row in row.filter { counts[$0, default: 0] >= minimum } }
    }

    /// In small letters, without what is neither letter nor digit.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    private static func insert(_ values: [String: JSONValue], into features: inout Set<String>) {
        for (key, value) in values { insert(key, value, into: &features) }
    }

    private static func insert(
        _ key: String, _ value: JSONValue, into features: inout Set<String>
    ) {
        switch value {
        case .null: break
        case .bool(let value): features.insert("\(key)=\(value)")
        case .integer(let value): insert(key, Double(value), into: &features)
        case .number(let value): insert(key, value, into: &features)
        case .string(let value): features.insert("\(key)=\(value.lowercased())")
        case .array(let values):
            for value in values { insert(key, value, into: &features) }
        case .object(let values):
            for (inner, value) in values { insert("\(key).\(inner)", value, into: &features) }
        }
    }

    /// The number itself, and cut after three digits.
    private static func insert(_ key: String, _ number: Double, into features: inout Set<String>) {
        features.insert("\(key)=\(number)")
        var (unit, rest) = (1.0, abs(number))
        while rest >= 1000 && rest.isFinite {
            rest /= 10
            unit *= 10
        }
        let cut = (rest.rounded(.down) * unit) * (number < 0 ? -1 : 1)
        features.insert("\(key)~\(cut)")
    }

    private static func buckets(_ features: Set<String>, count: Int) -> [Int32] {
        Set(features.map { Int32(hash($0) % UInt64(count)) }).sorted()
    }

    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
