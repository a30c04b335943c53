import Foundation
import Sockets
import Support
import Synchronization
import Testing

/// A connected pair of sockets.
private final class Pair {
    let here: Socket
    let there: Socket

    init() {
        var pair: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        precondition(socketpair(AF_UNIX, type, 0, &pair) == 0)
        here = Socket(owning: pair[0])
        there = Socket(owning: pair[1])
    }

    func send(_ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { _ = try there.write($0) }
    }
}

private final class Probe: ReadinessHandler {
    var seen: [Readiness] = []
    var action: () -> Void = {}

    func socketIsReady(_ readiness: Readiness) {
        seen.append(readiness)
        action()
    }
}

/// The loop is driven by hand, on the test's own thread.
@Suite struct EventLoopTests {
    private let clock = ManualMonotonicClock()

    private func makeLoop() throws -> EventLoop {
        let loop = try EventLoop(clock: clock)
        loop.tick(waitingAtMost: .zero)
        return loop
    }

    @Test func tellsWhatIsReady() throws {
        let loop = try makeLoop()
        let pair = Pair()
        let probe = Probe()
        let registration = try loop.register(
            pair.here.rawValue, interest: .readable, handler: probe)
        loop.tick(waitingAtMost: .zero)
        #expect(probe.seen.isEmpty)
        try pair.send("x")
        loop.tick(waitingAtMost: .zero)
        #expect(probe.seen == [.readable])
        loop.tick(waitingAtMost: .zero)
        #expect(probe.seen.count == 2, "level-triggered: what is unread comes back")
        try loop.update(registration, interest: .writable)
        loop.tick(waitingAtMost: .zero)
        #expect(probe.seen.last == .writable)
    }

    @Test func deregisteringWhileDispatchingDropsTheOthersEvent() throws {
        let loop = try makeLoop()
        let (pair1, pair2) = (Pair(), Pair())
        let (first, second) = (Probe(), Probe())
        let registration1 = try loop.register(
            pair1.here.rawValue, interest: .readable, handler: first)
        let registration2 = try loop.register(
            pair2.here.rawValue, interest: .readable, handler: second)
        // Whichever is told first takes the other one away.
        first.action = { try? loop.deregister(registration2) }
        second.action = { try? loop.deregister(registration1) }
        try pair1.send("x")
        try pair2.send("x")
        loop.tick(waitingAtMost: .zero)
        #expect(first.seen.count + second.seen.count == 1)
    }

    @Test func aReusedDescriptorDoesNotGetItsPredecessorsEvent() throws {
        let loop = try makeLoop()
        let (early, spare, old) = (Pair(), Pair(), Pair())
        let (trigger, predecessor, successor) = (Probe(), Probe(), Probe())
        _ = try loop.register(early.here.rawValue, interest: .readable, handler: trigger)
        let registration = try loop.register(
            old.here.rawValue, interest: .readable, handler: predecessor)
        let number = old.here.rawValue
        trigger.action = {
            // The number of the closed socket is given to another one within the same tick.
            try? loop.deregister(registration)
            #expect(dup2(spare.here.rawValue, number) == number)
            _ = try? loop.register(number, interest: .readable, handler: successor)
        }
        try early.send("x")
        try old.send("x")
        loop.tick(waitingAtMost: .zero)
        #expect(trigger.seen.count == 1)
        #expect(predecessor.seen.isEmpty)
        #expect(successor.seen.isEmpty)
        try spare.send("x")
        trigger.action = {}
        loop.tick(waitingAtMost: .zero)
        #expect(successor.seen == [.readable])
    }

    @Test func tellsAfterEachBatch() throws {
        let loop = try makeLoop()
        let pairs = (0..<20).map { _ in Pair() }
        let probe = Probe()
        var seenAtEnds: [Int] = []
        loop.onBatchEnd = { seenAtEnds.append(probe.seen.count) }
        for pair in pairs {
            _ = try loop.register(pair.here.rawValue, interest: .readable, handler: probe)
            try pair.send("x")
        }
        withExtendedLifetime(pairs) { loop.tick(waitingAtMost: .zero) }
        #expect(seenAtEnds == [16, 20])
    }

    @Test func timersGoOffInOrderAndNotEarly() throws {
        let loop = try makeLoop()
        var fired: [Int] = []
        _ = loop.schedule(after: .seconds(2)) { fired.append(2) }
        _ = loop.schedule(after: .seconds(1)) { fired.append(1) }
        _ = loop.schedule(after: .seconds(2)) { fired.append(3) }
        clock.advance(by: .milliseconds(999))
        loop.tick(waitingAtMost: .zero)
        #expect(fired.isEmpty)
        clock.advance(by: .seconds(2))
        loop.tick(waitingAtMost: .zero)
        #expect(fired == [1, 2, 3])
    }

    /// One that is overdue whenever it looks leaves the loop its other work.
    @Test func aTimerThatSetsItselfForThePastGoesOffOnceAPass() throws {
        let loop = try makeLoop()
        var fired = 0
        var timer: LoopTimer?
        timer = loop.schedule(after: .seconds(1)) {
            fired += 1
            if fired < 1000, let timer { loop.reschedule(timer, at: timer.deadline) }
        }
        clock.advance(by: .seconds(2))
        for pass in 1...3 {
            loop.tick(waitingAtMost: .zero)
            #expect(fired == pass)
        }
    }

    @Test func timersCanBeCancelledAndMoved() throws {
        let loop = try makeLoop()
        var fired: [Int] = []
        let timers = (0..<50).map { number in
            loop.schedule(after: .seconds(number % 7)) { fired.append(number) }
        }
        for number in stride(from: 0, to: 50, by: 2) { loop.cancel(timers[number]) }
        loop.cancel(timers[0])
        loop.reschedule(timers[1], at: loop.now + .seconds(20))
        loop.reschedule(timers[2], at: loop.now + .seconds(21))
        clock.advance(by: .seconds(10))
        loop.tick(waitingAtMost: .zero)
        let expected = stride(from: 3, to: 50, by: 2).sorted { ($0 % 7, $0) < ($1 % 7, $1) }
        #expect(fired == expected)
        clock.advance(by: .seconds(20))
        loop.tick(waitingAtMost: .zero)
        #expect(fired.suffix(2) == [1, 2])
    }

    @Test func workQueuedByWorkRunsInTheNextTick() throws {
        let loop = try makeLoop()
        let log = Mutex<[Int]>([])
        loop.execute {
            log.withLock { $0.append(1) }
            loop.execute { log.withLock { $0.append(2) } }
        }
        loop.tick(waitingAtMost: .zero)
        #expect(log.withLock { $0 } == [1])
        loop.tick()
        #expect(log.withLock { $0 } == [1, 2])
    }

    @Test func otherThreadsWakeItAndKeepTheirOrder() async throws {
        let loop = try EventLoop()
        loop.start(name: "test")
        let log = Mutex<[Int]>([])
        await withCheckedContinuation { done in
            for number in 0..<1000 { loop.execute { log.withLock { $0.append(number) } } }
            loop.execute {
                #expect(loop.isInLoop)
                done.resume()
            }
        }
        #expect(!loop.isInLoop)
        #expect(log.withLock { $0 } == Array(0..<1000))
        loop.stop()
    }

    /// What the thread asks for isn't meant for those that it makes: they compute.
    @Test func asksForAShortSliceForItselfOnly() async throws {
        let loop = try EventLoop()
        loop.start(name: "test")
        let policy = await withCheckedContinuation { done in
            loop.execute { done.resume(returning: sched_getscheduler(0)) }
        }
        let resetsOnFork: Int32 = 0x4000_0000  // SCHED_RESET_ON_FORK
        #expect(policy & resetsOnFork != 0)
        #expect(sched_getscheduler(0) & resetsOnFork == 0)
        loop.stop()
    }
}
