import Foundation
import Support

/// Frames over a pair of pipes. Blocks; used by one reading and one writing thread.
package final class FrameChannel: Sendable {
    /// Writing to an other side that is gone shall be an error (EPIPE), not this process's end.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private let input: Int32
    private let output: Int32

    /// - Parameters:
    ///   - input: Descriptor to read from; stays the caller's to close.
    ///   - output: Descriptor to write to; stays the caller's to close.
    package init(input: Int32, output: Int32) {
        Self.ignoreBrokenPipes
        self.input = input
        self.output = output
    }

    /// Waits for the next frame; nil when the other side closed its end between two frames.
    ///
    /// - Throws: `FrameError` for bytes that are no frame, `PipeError` where the system fails.
    package func read() throws -> Frame? {
        guard let header = try readExactly(Frame.headerSize) else { return nil }
        guard let kind = Frame.Kind(rawValue: header[0]) else {
            throw FrameError.unknownKind(header[0])
        }
        let length = (0..<4).reduce(0) { $0 | Int(header[1 + $1]) << ($1 * 8) }
        guard length <= Frame.maximumPayload else { throw FrameError.tooLong(length) }
        guard length > 0 else { return Frame(kind: kind, payload: []) }
        guard let payload = try readExactly(length) else { throw FrameError.brokenOff }
        return Frame(kind: kind, payload: payload)
    }

    package func write(_ frame: Frame) throws {
        do throws(WriteError) {
            try writeAll(frame.encoded(), to: output)
        } catch {
            throw PipeError(operation: "write", code: error.code)
        }
    }

    /// Nil at the end of the input before the first byte.
    private func readExactly(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(input, buffer.baseAddress?.advanced(by: received), count - received)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw PipeError(operation: "read", code: errno)
            }
            if got == 0 {
                if received == 0 { return nil }
                throw FrameError.brokenOff
            }
            received += got
        }
        return bytes
    }
}

/// The system refused to read from or write to a pipe.
package struct PipeError: Error, CustomStringConvertible {
    package var operation: String
    package var code: Int32

    package var description: String {
        "\(operation) on the trainer's pipe: \(String(cString: strerror(code)))"
    }
}
