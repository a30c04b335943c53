/// The rule for ids from outside: 1 to 256 bytes of UTF-8 without control characters.
package enum IdentifierRule {
    package static let maximumBytes = 256

    package static func accepts(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= maximumBytes else { return false }
        // Most ids are ASCII and need no look into Unicode's tables.
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return true }
        return text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}

/// A text that is equal only to the same bytes.
///
/// Swift compares texts by canonical equivalence (Unicode UAX #15): é as one scalar equals e with
/// an accent behind it. The store compares bytes, and so must whatever holds its ids in memory.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (lhs: ExactText, rhs: ExactText) -> Bool {
        lhs.text.utf8.elementsEqual(rhs.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// A user as the application names him.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
    private let exact: ExactText

    /// Nil where `IdentifierRule` refuses the text.
    package init?(_ rawValue: String) {
        guard IdentifierRule.accepts(rawValue) else { return nil }
        exact = ExactText(rawValue)
    }

    /// For text that was checked before it was stored.
    package init(stored rawValue: String) {
        exact = ExactText(rawValue)
    }

    package var rawValue: String { exact.text }

    package var description: String { rawValue }
}

/// An item as the application names it.
package struct ItemID: Hashable, Sendable, CustomStringConvertible {
    private let exact: ExactText

    /// Nil where `IdentifierRule` refuses the text.
    package init?(_ rawValue: String) {
        guard IdentifierRule.accepts(rawValue) else { return nil }
        exact = ExactText(rawValue)
    }

    /// For text that was checked before it was stored.
    package init(stored rawValue: String) {
        exact = ExactText(rawValue)
    }

    package var rawValue: String { exact.text }

    package var description: String { rawValue }
}

/// The store's integer for a user; never used twice.
package struct UserKey: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static func < (lhs: UserKey, rhs: UserKey) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The store's integer for an item; never used twice. Small enough to index an array.
package struct ItemKey: Hashable, Comparable, Sendable {
    package let rawValue: Int32

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static func < (lhs: ItemKey, rhs: ItemKey) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// An item's row in one data set or model: dense from 0, meaningless outside of it.
package struct ItemIndex: Hashable, Comparable, Sendable {
    package let rawValue: Int32

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: Int) {
        self.rawValue = Int32(rawValue)
    }

    /// The row as an array index.
    package var row: Int { Int(rawValue) }

    package static func < (lhs: ItemIndex, rhs: ItemIndex) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// An event's place in the log. Grows with every stored event and never comes back.
package struct EventSequence: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static let zero = EventSequence(0)

    package static func < (lhs: EventSequence, rhs: EventSequence) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
}
