import CLinux
import Foundation

/// What a descriptor is ready for, or what somebody waits for.
///
/// No OptionSet: in another module that one's operations are generic calls, which took 3 % of the
/// service's own time in a short request.
package struct Readiness: Hashable, Sendable {
    /// As epoll(7) has them.
    fileprivate let events: UInt32

    fileprivate init(events: UInt32) {
        self.events = events
    }

    package init(readable: Bool = false, writable: Bool = false) {
        events = (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
    }

    package static let nothing = Readiness()
    package static let readable = Readiness(readable: true)
    package static let writable = Readiness(writable: true)

    package var isReadable: Bool { events & EPOLLIN.rawValue != 0 }
    /// Both directions are over, or the socket has an error. Always reported.
    package var isBroken: Bool { events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
}

/// Waits for many descriptors at once: epoll(7), level-triggered, so that what one tick leaves
/// unread comes back in the next.
///
/// One thread adds, changes, removes and waits; any thread may call `wakeUp`.
struct Poller: ~Copyable, @unchecked Sendable {
    // @unchecked: `events` is touched by the waiting thread only, the rest never changes.
    private let epoll: FileDescriptor
    private let wakeUpCounter: FileDescriptor
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// - Parameter capacity: The most events that one wait hands out.
    init(capacity: Int = 256) throws(SystemError) {
        let epoll = FileDescriptor(
            owning: try blockingSystemCall("epoll_create1") {
                epoll_create1(Int32(EPOLL_CLOEXEC))
            })
        let counter = FileDescriptor(
            owning: try blockingSystemCall("eventfd") {
                eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
            })
        try Self.control(
            epoll.rawValue, EPOLL_CTL_ADD, counter.rawValue, Self.wakeUpToken, .readable)
        self.epoll = epoll
        wakeUpCounter = counter
        events = .allocate(capacity: capacity)
        events.initialize(repeating: epoll_event())
    }

    deinit {
        events.deallocate()
    }

    /// - Parameter token: Comes back with each of the descriptor's events.
    func add(_ descriptor: Int32, token: UInt64, interest: Readiness) throws(SystemError) {
        try Self.control(epoll.rawValue, EPOLL_CTL_ADD, descriptor, token, interest)
    }

    func change(_ descriptor: Int32, token: UInt64, interest: Readiness) throws(SystemError) {
        try Self.control(epoll.rawValue, EPOLL_CTL_MOD, descriptor, token, interest)
    }

    func remove(_ descriptor: Int32) throws(SystemError) {
        try Self.control(epoll.rawValue, EPOLL_CTL_DEL, descriptor, 0, .nothing)
    }

    /// Waits until something is ready, somebody calls `wakeUp`, or the time is over (nil: never).
    ///
    /// - Returns: The number of events; `event(at:)` tells them.
    func wait(milliseconds: Int32?) throws(SystemError) -> Int {
        let count = try blockingSystemCall("epoll_wait") {
            epoll_wait(
                epoll.rawValue, events.baseAddress, Int32(events.count), milliseconds ?? -1)
        }
        return Int(count)
    }

    /// Nil for a wake-up, which is thereby over.
    func event(at index: Int) -> (token: UInt64, readiness: Readiness)? {
        let event = events[index]
        guard event.data.u64 != Self.wakeUpToken else {
            var count: UInt64 = 0
            _ = read(wakeUpCounter.rawValue, &count, MemoryLayout<UInt64>.size)
            return nil
        }
        return (event.data.u64, Readiness(events: event.events))
    }

    /// Ends the present wait, or the next one.
    func wakeUp() {
        // Fails only when the counter is full; then a wake-up is under way already.
        var one: UInt64 = 1
        _ = write(wakeUpCounter.rawValue, &one, MemoryLayout<UInt64>.size)
    }

    private static func control(
        _ epoll: Int32, _ operation: Int32, _ descriptor: Int32, _ token: UInt64,
        _ interest: Readiness
    ) throws(SystemError) {
        var event = epoll_event(events: interest.events, data: epoll_data_t(u64: token))
        try blockingSystemCall("epoll_ctl") { epoll_ctl(epoll, operation, descriptor, &event) }
    }

    private static let wakeUpToken = UInt64.max
}
