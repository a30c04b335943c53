import Foundation

/// The system refused to write.
package struct WriteError: Error, CustomStringConvertible {
    /// `errno`.
    package var code: Int32

    package var description: String { String(cString: strerror(code)) }
}

/// Writes all of the bytes, in as many calls as that takes. Blocks.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(WriteError) {
    try bytes.withUnsafeBufferPointer { bytes throws(WriteError) in
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(
                descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw WriteError(code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
