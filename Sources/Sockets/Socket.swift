import CLinux
import Foundation

/// A stream socket, non-blocking and closed on exec.
package struct Socket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    package init(owning rawValue: Int32) {
        descriptor = FileDescriptor(owning: rawValue)
    }

    package var rawValue: Int32 { descriptor.rawValue }

    /// A socket that listens on the address; port 0 lets the kernel choose.
    package static func listen(
        on address: SocketAddress, backlog: Int32
    ) throws(SystemError) -> Socket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let raw = try blockingSystemCall("socket") {
            socket(address.family, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        let listener = Socket(owning: raw)
        try listener.set(SOL_SOCKET, SO_REUSEADDR, to: 1)  // a restart finds its port again
        if address.family == AF_INET6 {
            try listener.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 0)
        }
        try blockingSystemCall("bind") {
            address.withSockaddr { bind(raw, $0, $1) }
        }
        try blockingSystemCall("listen") { Foundation.listen(raw, backlog) }
        return listener
    }

    /// The next waiting connection, nil when none waits. One that its client gave up while it
    /// waited is passed over (accept(2), "Error handling").
    package func accept() throws(SystemError) -> Socket? {
        while true {
            do throws(SystemError) {
                switch try systemCall("accept4", { clinux_accept(rawValue) }) {
                case .done(let accepted): return Socket(owning: accepted)
                case .wouldBlock: return nil
                }
            } catch {
                guard Self.concernsOnlyOneConnection(error.code) else { throw error }
            }
        }
    }

    /// Reads what is there; `.done(0)` is the end of the peer's output.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> IOResult<Int> {
        try systemCall("recv") { recv(rawValue, buffer.baseAddress, buffer.count, 0) }
    }

    /// Writes a part of the bytes, without SIGPIPE where the peer is gone.
    ///
    /// - Parameter more: The next write follows at once, so the kernel may wait for it and fill
    ///   its packet.
    package func write(
        _ bytes: UnsafeRawBufferPointer, more: Bool = false
    ) throws(SystemError) -> IOResult<Int> {
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        return try systemCall("send") { send(rawValue, bytes.baseAddress, bytes.count, flags) }
    }

    /// Gives the descriptor away, to be owned by another `Socket`.
    package consuming func release() -> Int32 { descriptor.release() }

    /// Says that nothing more will be written. A peer that is gone already is fine.
    package func shutdownWriting() {
        _ = shutdown(rawValue, Int32(SHUT_WR))
    }

    /// Refuses connections from now on, those in the backlog included.
    package func shutdownListening() {
        _ = shutdown(rawValue, Int32(SHUT_RDWR))
    }

    /// Sends small writes at once: without it an answer in two parts waits for the client's
    /// delayed acknowledgement, 40 ms.
    package func setNoDelay() throws(SystemError) {
        try set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    }

    /// The bound address, with the port that the kernel chose.
    package func localAddress() throws(SystemError) -> SocketAddress {
        let address = try address("getsockname") { getsockname($0, $1, $2) }
        guard let address else { throw SystemError(code: EAFNOSUPPORT, call: "getsockname") }
        return address
    }

    /// The other end's address; nil where that is gone already.
    package func peerAddress() -> SocketAddress? {
        do throws(SystemError) {
            return try address("getpeername") { getpeername($0, $1, $2) }
        } catch {
            return nil
        }
    }

    private func address(
        _ call: StaticString,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) throws(SystemError) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try blockingSystemCall(call) {
            withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    ask(rawValue, $0, &size)
                }
            }
        }
        return SocketAddress(storage)
    }

    private func set(_ level: Int32, _ option: Int32, to value: Int32) throws(SystemError) {
        try blockingSystemCall("setsockopt") {
            withUnsafePointer(to: value) {
                setsockopt(rawValue, level, option, $0, socklen_t(MemoryLayout<Int32>.size))
            }
        }
    }

    private static func concernsOnlyOneConnection(_ code: Int32) -> Bool {
        [
            ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
            EOPNOTSUPP, ENETUNREACH, EPERM,
        ].contains(code)
    }
}
