import Foundation

/// An open file descriptor with one owner, closed when the owner lets go of it, once.
package struct FileDescriptor: ~Copyable, Sendable {
    package let rawValue: Int32

    /// Takes over a descriptor that nobody else closes.
    package init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "\(rawValue) is no descriptor")
        self.rawValue = rawValue
    }

    /// Gives the descriptor away, unclosed.
    package consuming func release() -> Int32 {
        let released = rawValue
        discard self
        return released
    }

    deinit {
        // Linux frees the descriptor whatever close(2) reports, so EINTR must not be tried again:
        // by then the number may be another thread's. EBADF means that somebody closed ours.
        if close(rawValue) == -1 {
            precondition(errno != EBADF, "descriptor \(rawValue) was closed by somebody else")
        }
    }
}
