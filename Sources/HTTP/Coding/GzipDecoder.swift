import CZlib

/// Unpacks gzip (RFC 1952) piece by piece, so that the caller bounds what comes out before it is
/// there. Members one behind the other count as one content (section 2.2).
package final class GzipDecoder {
    /// The bytes are no gzip, or their checksum is wrong.
    package struct Broken: Error {}

    // zlib remembers where the stream is, so it must stay there.
    private let stream: UnsafeMutablePointer<z_stream>
    /// What has come and isn't unpacked yet.
    private var input: [UInt8] = []
    private var position = 0
    private var isAtMemberEnd = false
    /// The last piece was as large as it could be: zlib may hold more.
    private var mayHoldMore = false

    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = inflateInit2_(
            stream, Gzip.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib can't begin: \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Takes packed bytes over.
    package func supply(_ bytes: [UInt8]) {
        if position == input.count {
            (input, position) = (bytes, 0)
        } else {
            input += bytes
        }
    }

    /// Whether what came so far is a whole content.
    package var isComplete: Bool { isAtMemberEnd && position == input.count }

    /// The next bytes of the content, at most `limit`; none where more input is needed.
    package func next(atMost limit: Int) throws(Broken) -> [UInt8] {
        guard position < input.count || mayHoldMore else { return [] }
        var isBroken = false
        let piece = [UInt8](unsafeUninitializedCapacity: limit) { output, count in
            input.withUnsafeBufferPointer { input in
                isBroken = !inflate(input, to: output)
            }
            count = limit - Int(stream.pointee.avail_out)
        }
        guard !isBroken else { throw Broken() }
        mayHoldMore = stream.pointee.avail_out == 0
        return piece
    }

    /// Until the output is full or the input at its end. False where the input is broken.
    private func inflate(
        _ input: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        while true {
            let rest = UnsafeBufferPointer(rebasing: input[position...].prefix(Int(UInt32.max)))
            if isAtMemberEnd {
                guard !rest.isEmpty else { return true }
                guard inflateReset(stream) == Z_OK else { return false }
                isAtMemberEnd = false
            }
            stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
            stream.pointee.avail_in = UInt32(rest.count)
            let code = CZlib.inflate(stream, Z_NO_FLUSH)
            position += rest.count - Int(stream.pointee.avail_in)
            switch code {
            case Z_STREAM_END: isAtMemberEnd = true
            case Z_OK where stream.pointee.avail_out > 0 && position < input.count: continue
            case Z_OK, Z_BUF_ERROR: return true  // for want of room, or of input
            default: return false
            }
        }
    }
}
