import Foundation
import HTTP
import HTTP2Frames
import Metrics
import Support
import Synchronization
import Testing

@testable import HTTPServer

/// What becomes of handlers off the loops when they are too many, or their clients are gone. They run
/// when the test says.
@Suite(.timeLimit(.minutes(1)))
struct HandlerLoadTests {
    private static let target = Duration.milliseconds(100)
    private static let interval = Duration.seconds(1)
    private static let minimum = HandlerShedder.minimum

    // MARK: The rule

    /// A service of handlers that end one after the other, each `step` after the last, in which so many
    /// are always under way.
    private struct Service {
        var shedder = HandlerShedder(target: target, interval: interval)
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var begun: [MonotonicTime] = []

        mutating func fill(upTo count: Int) {
            while begun.count < count, shedder.admits(at: now) {
                shedder.begin()
                begun.append(now)
            }
        }

        mutating func run(_ step: Duration, times: Int, upTo count: Int) {
            for _ in 0..<times {
                fill(upTo: count)
                now = now + step
                shedder.end(from: begun.removeFirst(), to: now)
            }
        }
    }

    /// 1,000 end in a second, so 1,000 under way take a second each.
    @Test func soManyAreLetInAsEndWithinTheTarget() {
        var service = Service()
        service.run(.milliseconds(1), times: 1000, upTo: 1000)
        service.fill(upTo: 1000)
        #expect(service.begun.count == 1000)  // for less than the interval: a burst
        service.run(.milliseconds(1), times: 2000, upTo: 1000)
        service.fill(upTo: 1000)
        #expect((98...101).contains(service.begun.count), "\(service.begun.count)")
        service.run(.milliseconds(4), times: 500, upTo: 1000)  // it gets slower
        service.fill(upTo: 1000)
        #expect((24...26).contains(service.begun.count), "\(service.begun.count)")
    }

    @Test func itIsOverWhenNobodyIsRefusedForAnInterval() {
        var service = Service()
        service.run(.milliseconds(1), times: 3000, upTo: 1000)
        service.run(.milliseconds(1), times: 998, upTo: 50)
        service.fill(upTo: 1000)
        #expect(service.begun.count < 200)
        service.run(.milliseconds(1), times: 2000, upTo: 50)
        service.fill(upTo: 1000)
        #expect(service.begun.count == 1000)
    }

    @Test(arguments: [(100, 1000), (101, HandlerShedder.minimum - 1)])
    func oneThatEndsWithinTheTargetShowsThatAllIsWell(milliseconds: Int, admitted: Int) {
        var shedder = HandlerShedder(target: Self.target, interval: Self.interval)
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        shedder.begin()  // lasts for longer than all others
        for number in 0..<25 {
            let took = number % 10 == 9 ? Duration.milliseconds(milliseconds) : .seconds(5)
            shedder.begin()
            now = now + .milliseconds(50)
            shedder.end(from: now + (.zero - took), to: now)
        }
        var count = 0
        while count < 1000, shedder.admits(at: now) {
            shedder.begin()
            count += 1
        }
        #expect(count == admitted)
    }

    @Test func slowOnesOneAtATimeAreNoSign() {
        var service = Service()
        service.run(.seconds(1), times: 100, upTo: 1)
        service.fill(upTo: 1000)
        #expect(service.begun.count == 1000)
    }

    /// Ten that take five seconds each, whatever they wait for.
    @Test func aFewThatAreSlowKeepNobodyOut() {
        var service = Service()
        service.run(.milliseconds(500), times: 40, upTo: 10)
        service.fill(upTo: Self.minimum)
        #expect(service.begun.count == Self.minimum)
    }

    // MARK: What comes of it

    /// A loop whose handlers wait in `pool`, and are noted in `begun`.
    private static func fixture(_ pool: HeldPool, _ begun: Begun = Begun()) throws -> LoopFixture {
        try LoopFixture { options in
            options.handlerExecutor = pool
            options.shedTarget = target
            options.shedInterval = interval
        } routes: { router in
            let answer: Handler = { request in
                .later {
                    begun.note(request)
                    return Response(text: "done")
                }
            }
            router.on(.get, "/work", answer)
            router.on(.post, "/work", body: .collected(maxBytes: 100), answer)
            router.on(.delete, "/work", answer)
            router.on(.post, "/stream", body: .streamed, answer)
            router.on(.get, "/vital", isEssential: true, answer)
        }
    }

    /// Sends a request and has its handler handed over, or refused.
    private static func send(_ request: String, _ fixture: LoopFixture) throws -> TestClient {
        let (client, connection) = try fixture.connect()
        try client.send(request)
        fixture.waitForInput(request.utf8.count, of: connection)
        fixture.turn()
        return client
    }

    /// Three that end too late, the first of them the interval before the others, and then as many under
    /// way as may be.
    private static func overload(_ fixture: LoopFixture, _ pool: HeldPool) throws {
        let clients = try (0..<3).map { _ in try send(get("/work"), fixture) }
        fixture.clock.advance(by: interval)
        pool.runFirst()
        fixture.clock.advance(by: interval)
        pool.runAll()
        for client in clients { #expect(try fixture.answer(to: client).status == 200) }
        for _ in 0..<minimum { _ = try send(get("/work"), fixture) }
        #expect(fixture.worker.handlers.count == minimum)
    }

    /// Whatever the content is, and whichever protocol brings it; but not what can't wait, what has a
    /// bound of its own, or what takes its time.
    @Test func oneTooManyIsRefusedAtOnce() async throws {
        try await blocking {
            let pool = HeldPool()
            let fixture = try Self.fixture(pool)
            try Self.overload(fixture, pool)
            let body = "ab"
            for request in [get("/work"), post("/work", "Content-Length: 2", body: body)] {
                let refused = try fixture.answer(to: try Self.send(request, fixture))
                #expect(refused.status == 503)
                #expect(refused.fields["retry-after"] == "1")
                #expect(refused.fields["content-type"] == "application/problem+json")
            }
            let other = try HTTP2TestClient(on: try fixture.connect().0)
            try other.get("/work", on: 1)
            try fixture.turn { other.client.hasInput(within: 0) }
            #expect(try other.answer(on: 1).status == "503")
            #expect(fixture.worker.metrics.refusedByReason == ["overloaded": 3])
            let others = [
                get("/vital"), post("/stream", "Content-Length: 2", body: body),
                "DELETE /work HTTP/1.1\r\nHost: h\r\n\r\n",
            ]
            let clients = try others.map { try Self.send($0, fixture) }
            let hello = try Self.send(get("/hello"), fixture)
            #expect(try fixture.answer(to: hello).status == 200)
            pool.runAll()
            for client in clients { #expect(try fixture.answer(to: client).status == 200) }
            #expect(fixture.worker.handlers.count == 0)
        }
    }

    @Test func theMetricsTellHowManyThereAre() async throws {
        let (pool, metrics) = (HeldPool(), HTTPServerMetrics())
        @Sendable func line() -> String? {
            var page = MetricsPage()
            metrics.write(to: &page)
            return String(decoding: page.bytes, as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("starling_http_running_handlers ") }.map(String.init)
        }
        try await withServer { options in
            options.handlerExecutor = pool
            options.metrics = metrics
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/later"))
                while pool.isEmpty { usleep(1000) }
                #expect(line() == "starling_http_running_handlers 1")
                pool.runAll()
                #expect(try client.answer().body == "later")
                #expect(line() == "starling_http_running_handlers 0")
            }
        }
    }

    // MARK: Clients that are gone

    /// What a client has sent whole is done, though it doesn't wait; what it only asks isn't.
    @Test func nothingIsReadForAClientThatIsGone() async throws {
        try await blocking {
            let (pool, begun) = (HeldPool(), Begun())
            let fixture = try Self.fixture(pool, begun)
            for request in [get("/work"), post("/work", "Content-Length: 2", body: "ab")] {
                let (client, connection) = try fixture.connect()
                try client.send(request)
                fixture.waitForInput(request.utf8.count, of: connection)
                fixture.turn()
                connection.close()
            }
            pool.runAll()
            #expect(begun.methods == [.post])
            #expect(fixture.worker.handlers.count == 0)
        }
    }

    @Test func nothingIsReadForAStreamThatIsReset() async throws {
        try await blocking {
            let (pool, begun) = (HeldPool(), Begun())
            let fixture = try Self.fixture(pool, begun)
            let (socket, connection) = try fixture.connect()
            let client = try HTTP2TestClient(on: socket)
            try client.get("/work", on: 1)
            try client.get("/vital", on: 3)
            try fixture.turn { fixture.worker.handlers.count == 2 }
            try client.send(.resetStream(1))
            try fixture.turn { connection.http2?.exchanges.count == 1 }
            pool.runAll()
            #expect(begun.paths == ["/vital"])
            try fixture.turn { connection.http2?.isIdle == true }
            #expect(try client.answer(on: 3).status == "200")
        }
    }
}

/// Keeps handlers until the test lets them run, on its own thread.
private final class HeldPool: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    var isEmpty: Bool { jobs.withLock(\.isEmpty) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    func runAll() {
        while !isEmpty { runFirst() }
    }

    func runFirst() {
        let job = jobs.withLock { $0.removeFirst() }
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}

/// The requests whose handlers had their turn.
private final class Begun: Sendable {
    private let requests = Mutex<[Request]>([])

    var methods: [HTTP.Method] { requests.withLock { $0.map(\.method) } }
    var paths: [String] { requests.withLock { $0.map(\.path) } }

    func note(_ request: Request) { requests.withLock { $0.append(request) } }
}
