import Support

/// A line of a ratings file: `user item rating seconds`, apart by tabs (100K) or `::` (1M).
struct MovieLensRating: Equatable {
    var user: Int
    var item: Int
    /// 1 to 5.
    var value: Int
    var time: Timestamp

    static func parse(
        _ line: LineReader.Line, edition: MovieLensFolder.Edition
    ) -> Result<MovieLensRating, ImportProblem> {
        var numbers = (0, 0, 0, 0)
        let isWellFormed = line.bytes.withUnsafeBytes { bytes in
            var scanner = NumberScanner(
                bytes: bytes, separator: edition == .hundredThousand ? [0x09] : [0x3A, 0x3A])
            guard let user = scanner.next(), let item = scanner.next(),
                let value = scanner.next(), let seconds = scanner.next()
            else { return false }
            numbers = (user, item, value, seconds)
            return scanner.isAtEnd
        }
        guard isWellFormed else {
            return .failure(ImportProblem(line: line.number, reason: "not four whole numbers"))
        }
        guard (1...5).contains(numbers.2) else {
            return .failure(ImportProblem(line: line.number, reason: "rating is not 1 to 5"))
        }
        return .success(
            MovieLensRating(
                user: numbers.0, item: numbers.1, value: numbers.2,
                time: Timestamp(milliseconds: Int64(numbers.3) * 1000)))
    }
}

/// Unsigned decimal numbers with one separator between them.
private struct NumberScanner {
    private static let maximumDigits = 15

    var bytes: UnsafeRawBufferPointer
    var separator: [UInt8]
    private var position = 0

    init(bytes: UnsafeRawBufferPointer, separator: [UInt8]) {
        self.bytes = bytes
        self.separator = separator
    }

    /// Whether nothing follows but the carriage return of a CRLF.
    var isAtEnd: Bool {
        position == bytes.count || (position == bytes.count - 1 && bytes[position] == 0x0D)
    }

    mutating func next() -> Int? {
        if position > 0, !skipSeparator() { return nil }
        let start = position
        var number = 0
        while position < bytes.count, case let digit = bytes[position] &- 0x30, digit < 10 {
            number = number &* 10 &+ Int(digit)
            position += 1
        }
        return (1...Self.maximumDigits).contains(position - start) ? number : nil
    }

    private mutating func skipSeparator() -> Bool {
        for byte in separator {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
        }
        return true
    }
}
