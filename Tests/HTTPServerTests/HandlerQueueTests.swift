import Foundation
import HTTP
import HTTP2Frames
import Metrics
import Sockets
import Synchronization
import Testing

@testable import HTTPServer

/// What becomes of handlers that wait for a thread, which they have when the test says.
@Suite(.timeLimit(.minutes(1)))
struct HandlerQueueTests {
    private static let target = Duration.milliseconds(50)

    /// A loop whose handlers wait in `pool`, and are noted in `begun`.
    private static func fixture(_ pool: HeldPool, _ begun: Begun = Begun()) throws -> LoopFixture {
        try LoopFixture { options in
            options.handlerExecutor = pool
            options.shedTarget = target
            options.shedInterval = .milliseconds(100)
        } routes: { router in
            let answer: Handler = { request in
                .later {
                    begun.note(request)
                    return Response(text: "done")
                }
            }
            router.on(.get, "/work", answer)
            router.on(.post, "/work", body: .collected(maxBytes: 100), answer)
            router.on(.post, "/stream", body: .streamed, answer)
            router.on(.get, "/vital", isEssential: true, answer)
        }
    }

    /// An answer for each of the requests, all of which have waited for so long.
    private static func statuses(
        of requests: String..., after wait: Duration, _ fixture: LoopFixture, _ pool: HeldPool
    ) throws -> [Int] {
        let clients = try requests.map { request in
            let (client, connection) = try fixture.connect()
            try client.send(request)
            fixture.waitForInput(request.utf8.count, of: connection)
            fixture.turn()
            return client
        }
        #expect(fixture.worker.handlerQueue.count == requests.count)
        fixture.clock.advance(by: wait)
        pool.runAll()
        return try clients.map { try fixture.answer(to: $0).status }
    }

    @Test func whoWaitsForTooLongIsRefusedWhereAllWaitForLong() async throws {
        try await blocking {
            let (pool, long) = (HeldPool(), Self.target * 2)
            let fixture = try Self.fixture(pool)
            func statuses(after wait: Duration) throws -> [Int] {
                try Self.statuses(of: get("/work"), get("/vital"), after: wait, fixture, pool)
            }
            #expect(try statuses(after: long) == [200, 200])  // a burst
            #expect(try statuses(after: long) == [503, 200])
            #expect(try statuses(after: long - .nanoseconds(1)) == [200, 200])
            #expect(try statuses(after: long) == [503, 200])
            #expect(try statuses(after: Self.target) == [200, 200])  // ends it
            #expect(try statuses(after: long) == [200, 200])
            #expect(try statuses(after: long) == [503, 200])
            #expect(fixture.worker.runningHandlers == 0)
        }
    }

    /// Whatever its content is, and whichever protocol brings it.
    @Test func aRefusalSaysWhenToTryAgain() async throws {
        try await blocking {
            let (pool, begun, long) = (HeldPool(), Begun(), Self.target * 2)
            let fixture = try Self.fixture(pool, begun)
            for _ in 0..<2 { _ = try Self.statuses(of: get("/work"), after: long, fixture, pool) }
            let refused = try Self.statuses(
                of: get("/work"), post("/work", "Content-Length: 2", body: "ab"),
                post("/stream", "Content-Length: 2", body: "ab"), after: long, fixture, pool)
            #expect(refused == [503, 503, 503])
            let other = try HTTP2TestClient(on: try fixture.connect().0)
            try other.get("/work", on: 1)
            try fixture.turn { fixture.worker.runningHandlers == 1 }
            fixture.clock.advance(by: long)
            pool.runAll()
            try fixture.turn { fixture.worker.runningHandlers == 0 }
            let answer = try other.answer(on: 1)
            #expect(answer.status == "503")
            #expect(answer["retry-after"] == "1")
            #expect(begun.methods == [.get])
            #expect(fixture.worker.metrics.refusedByReason == ["overloaded": 5])
        }
    }

    @Test func theMetricsTellHowManyWait() async throws {
        let (pool, metrics) = (HeldPool(), HTTPServerMetrics())
        @Sendable func line() -> String? {
            var page = MetricsPage()
            metrics.write(to: &page)
            return String(decoding: page.bytes, as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("starling_http_waiting_handlers ") }.map(String.init)
        }
        try await withServer { options in
            options.handlerExecutor = pool
            options.metrics = metrics
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/later"))
                while pool.isEmpty { usleep(1000) }
                #expect(line() == "starling_http_waiting_handlers 1")
                pool.runAll()
                #expect(try client.answer().body == "later")
                #expect(line() == "starling_http_waiting_handlers 0")
            }
        }
    }

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
            try fixture.turn { fixture.worker.runningHandlers == 0 }
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
            try fixture.turn { fixture.worker.runningHandlers == 2 }
            try client.send(.resetStream(1))
            try fixture.turn { connection.http2?.exchanges.count == 1 }
            pool.runAll()
            try fixture.turn { fixture.worker.runningHandlers == 0 }
            #expect(begun.paths == ["/vital"])
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
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

/// The requests whose handlers had their turn.
private final class Begun: Sendable {
    private let requests = Mutex<[Request]>([])

    var methods: [Method] { requests.withLock { $0.map(\.method) } }
    var paths: [String] { requests.withLock { $0.map(\.path) } }

    func note(_ request: Request) { requests.withLock { $0.append(request) } }
}
