import Foundation

/// Reads a file line by line, in blocks, and knows where it stands.
struct LineReader {
    struct Line {
        /// From 1.
        var number: Int
        /// Without the line feed. Empty if the line is too long.
        var bytes: ArraySlice<UInt8>
        var isTooLong = false
    }

    static let maximumLineBytes = 1 << 20
    private static let blockBytes = 1 << 18
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    let totalBytes: Int64
    /// The bytes of the file up to and with the last line that was returned.
    private(set) var bytesRead: Int64 = 0

    private let path: String
    private let file: FileHandle
    /// Read and not yet returned: `buffer[start...]`.
    private var buffer: [UInt8] = []
    private var start = 0
    private var lineNumber = 0
    private var isAtEnd = false

    /// - Throws: `ImportError.unreadable`.
    init(path: String) throws {
        self.path = path
        do {
            file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            totalBytes = Int64(clamping: try file.seekToEnd())
            try file.seek(toOffset: 0)
        } catch {
            throw ImportError.unreadable(path: path, reason: error.localizedDescription)
        }
        try fill()
        // RFC 3629, section 6: a byte order mark at the start is no part of the text.
        if buffer.starts(with: Self.byteOrderMark) { skip(Self.byteOrderMark.count) }
    }

    /// The next line, with or without a line feed at the end of the file; nil after the last.
    mutating func next() throws -> Line? {
        var searched = 0
        var isTooLong = false
        while true {
            if let end = lineFeed(from: start + searched) {
                return take(upTo: end, skippingFeed: true, isTooLong: isTooLong)
            }
            guard !isAtEnd else {
                guard start < buffer.count || isTooLong else { return nil }
                return take(upTo: buffer.count, skippingFeed: false, isTooLong: isTooLong)
            }
            if buffer.count - start > Self.maximumLineBytes {
                isTooLong = true
                skip(buffer.count - start)
            }
            searched = buffer.count - start
            try fill()
        }
    }

    private mutating func take(upTo end: Int, skippingFeed: Bool, isTooLong: Bool) -> Line {
        let isTooLong = isTooLong || end - start > Self.maximumLineBytes
        let bytes = isTooLong ? [] : buffer[start..<end]
        skip(end - start + (skippingFeed ? 1 : 0))
        lineNumber += 1
        return Line(number: lineNumber, bytes: bytes, isTooLong: isTooLong)
    }

    private mutating func skip(_ count: Int) {
        start += count
        bytesRead += Int64(count)
    }

    private func lineFeed(from index: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, index < bytes.count,
                let found = memchr(base + index, 0x0A, bytes.count - index)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Moves what is left to the front and reads another block behind it.
    private mutating func fill() throws {
        buffer.removeSubrange(..<start)
        start = 0
        do {
            let block = try file.read(upToCount: Self.blockBytes) ?? Data()
            isAtEnd = block.isEmpty
            buffer.append(contentsOf: block)
        } catch {
            throw ImportError.unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
