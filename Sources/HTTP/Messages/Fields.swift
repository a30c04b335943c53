/// Header fields in the order they were sent; names compare without case (RFC 9110 section 5.1).
///
/// All names and values lie in one array of bytes, so a request's fields cost two allocations
/// however many there are, and a value becomes a String only when somebody asks for it.
package struct Fields: Sendable {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    /// Where a field's name and value lie in the bytes.
    struct Entry: Sendable {
        var nameStart: Int32
        var nameCount: Int32
        var valueStart: Int32
        var valueCount: Int32
    }

    package init() {}

    /// For the decoder: a block of field lines that it has checked, and where the parts are.
    init(checked bytes: [UInt8], entries: [Entry]) {
        self.bytes = bytes
        self.entries = entries
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The first value of the name. Setting replaces all values of it, nil removes them.
    package subscript(_ name: String) -> String? {
        get {
            withFirst(name) { String(decoding: $0, as: UTF8.self) }
        }
        set {
            let before = self
            entries.removeAll { before.isNamed($0, name) }
            if let newValue { append(name: name, value: newValue) }
        }
    }

    /// All values of the name, in order, each as its line had it.
    package func values(of name: String) -> [String] {
        entries.filter { isNamed($0, name) }.map(value)
    }

    /// Adds a field behind the others. Control characters in the value become spaces, so that no
    /// value can start a new line (RFC 9110 section 5.5).
    ///
    /// - Precondition: `name` is a token; names come from this program, never from outside.
    package mutating func append(name: String, value: String) {
        precondition(
            !name.isEmpty && name.utf8.allSatisfy(ASCII.isToken), "\(name) is not a field name")
        let nameStart = bytes.count
        bytes.append(contentsOf: name.utf8)
        let valueStart = bytes.count
        for byte in value.utf8 {
            bytes.append(ASCII.isFieldContent(byte) ? byte : ASCII.space)
        }
        entries.append(
            Entry(
                nameStart: Int32(nameStart), nameCount: Int32(valueStart - nameStart),
                valueStart: Int32(valueStart), valueCount: Int32(bytes.count - valueStart)))
    }

    package func contains(_ name: String) -> Bool {
        entries.contains { isNamed($0, name) }
    }

    package var pairs: [(name: String, value: String)] {
        entries.map { (name: self.name($0), value: value($0)) }
    }

    /// Hands out the bytes of each name and value, for the encoders.
    func forEachRaw(
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        bytes.withUnsafeBufferPointer { all in
            for entry in entries {
                body(
                    all.slice(entry.nameStart, entry.nameCount),
                    all.slice(entry.valueStart, entry.valueCount))
            }
        }
    }

    /// The bytes of the first value of the name.
    package func withFirst<Result>(
        _ name: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result? {
        guard let entry = entries.first(where: { isNamed($0, name) }) else { return nil }
        return bytes.withUnsafeBufferPointer {
            body($0.slice(entry.valueStart, entry.valueCount))
        }
    }

    private func isNamed(_ entry: Entry, _ name: String) -> Bool {
        guard Int(entry.nameCount) == name.utf8.count else { return false }
        var position = Int(entry.nameStart)
        for byte in name.utf8 {
            if ASCII.lowercase(byte) != ASCII.lowercase(bytes[position]) { return false }
            position += 1
        }
        return true
    }

    private func name(_ entry: Entry) -> String {
        text(from: entry.nameStart, count: entry.nameCount)
    }

    private func value(_ entry: Entry) -> String {
        text(from: entry.valueStart, count: entry.valueCount)
    }

    private func text(from start: Int32, count: Int32) -> String {
        String(decoding: bytes[Int(start)..<Int(start + count)], as: UTF8.self)
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func slice(_ start: Int32, _ count: Int32) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self[Int(start)..<Int(start + count)])
    }
}
