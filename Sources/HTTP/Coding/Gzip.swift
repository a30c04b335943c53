import CZlib

/// Packs content as gzip (RFC 1952) through zlib.
package enum Gzip {
    /// zlib's fastest: of JSON it leaves about a fifth more than level 6, in a third of the time
    /// (docs/decisions has the figures).
    private static let level: Int32 = 1
    /// The largest window there is, as a power of two.
    private static let maxWindowBits = 15
    /// Added to the window's bits: gzip's header and trailer around the data.
    private static let gzipForm: Int32 = 16
    /// What zlib is told to unpack: any window.
    static let windowBits = Int32(maxWindowBits) + gzipForm
    private static let memoryLevel: Int32 = 8

    /// Nil where zlib has no memory, or the content is beyond its 4 GiB.
    package static func pack(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count <= UInt32.max else { return nil }
        // zlib remembers where the stream is, so it must stay there.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        defer { stream.deallocate() }
        stream.initialize(to: z_stream())
        let opened = deflateInit2_(
            stream, level, Z_DEFLATED, windowBits(for: bytes.count), memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        var code = Z_OK
        let packed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(clamping: output.count)
                code = deflate(stream, Z_FINISH)
            }
            count = Int(stream.pointee.total_out)
        }
        return code == Z_STREAM_END ? packed : nil
    }

    /// The next power of two above the content: zlib clears the memory of its window first, which
    /// takes longer than packing a short answer.
    private static func windowBits(for count: Int) -> Int32 {
        let bits = Int.bitWidth - count.leadingZeroBitCount
        return Int32(min(max(bits, 9), maxWindowBits)) + gzipForm
    }
}
