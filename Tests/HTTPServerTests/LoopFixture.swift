import Foundation
import HTTP
import Logging
import Sockets
import Support
import Testing

@testable import HTTPServer

/// A worker whose loop the test itself turns, by a clock that only the test moves: what a connection
/// holds can be looked at between two passes, and nothing waits for real time. Belongs to one thread,
/// that of `blocking`: the handlers need Swift's pool.
final class LoopFixture {
    struct Stuck: Error {}

    let clock = ManualMonotonicClock()
    let worker: Worker
    let table: ConnectionTable
    let budget: BodyBudget
    private let loop: EventLoop
    private let listener: Socket
    private let address: SocketAddress
    private var lastNumber: UInt64 = 0
    private var descriptors: [UInt64: Int32] = [:]

    init(
        _ configure: (inout HTTPServerOptions) -> Void = { _ in },
        routes: (inout Router) -> Void = { _ in }
    ) throws {
        var options = HTTPServerOptions()
        options.loops = 1
        options.clock = clock
        options.handlerExecutor = HandlerThread.shared
        configure(&options)
        var router = Router()
        router.on(.get, "/hello") { _ in .now(Response(text: "hello")) }
        router.on(.post, "/echo", body: .collected(maxBytes: 100_000)) { request in
            guard case .collected(let bytes) = request.body else { return .now(Response()) }
            return .now(Response(contentType: "text/plain", body: bytes))
        }
        routes(&router)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        loop = try EventLoop(clock: clock)
        table = ConnectionTable(
            limit: options.maxConnections, limitPerClient: options.maxConnectionsPerClient)
        budget = BodyBudget(limit: options.maxCollectedBytes)
        worker = Worker(
            loop: loop, options: options, dispatcher: Dispatcher(router: router, logger: logger),
            logger: logger, table: table, budget: budget,
            handlers: HandlerLoad(options), load: WorkerLoad())
        guard let local = SocketAddress(host: "127.0.0.1", port: 0) else { throw Stuck() }
        listener = try Socket.listen(on: local, backlog: 16)
        address = try listener.localAddress()
        turn()
        worker.start()
    }

    deinit {
        (loop.onPassEnd, loop.onBatchEnd) = (nil, nil)
        for number in 0...lastNumber { worker.withConnection(number) { $0.close() } }
    }

    /// A new connection, from both its ends.
    func connect() throws -> (TestClient, Connection) {
        let client = try TestClient(address)
        var descriptor: Int32?
        while descriptor == nil {
            if let socket = try listener.accept() { descriptor = socket.release() }
        }
        // Of a fixed size: it would grow now and then, and take more for a client that doesn't read.
        var size: Int32 = 256 * 1024
        setsockopt(
            descriptor ?? -1, SOL_SOCKET, SO_SNDBUF, &size,
            socklen_t(MemoryLayout.size(ofValue: size)))
        let peer = Peer(address: .unspecified, in: worker.options.forwarding)
        #expect(table.add(peer.client))
        worker.load.add()
        lastNumber += 1
        descriptors[lastNumber] = descriptor
        worker.adopt(Socket(owning: descriptor ?? -1), from: peer)
        var connection: Connection?
        worker.withConnection(lastNumber) { connection = $0 }
        guard let connection else { throw Stuck() }
        return (client, connection)
    }

    /// An acceptor for the worker, and where it listens.
    func makeAcceptor() throws -> (Acceptor, SocketAddress) {
        guard let local = SocketAddress(host: "127.0.0.1", port: 0) else { throw Stuck() }
        let listener = try Socket.listen(on: local, backlog: 16)
        let address = try listener.localAddress()
        let running = RunningWorker(
            loop: loop, worker: LoopBound(worker, on: loop), load: worker.load)
        let acceptor = Acceptor(
            listener: listener, loop: loop, workers: [running], table: table,
            options: worker.options, logger: worker.logger)
        return (acceptor, address)
    }

    /// Returns when so many bytes wait to be read.
    func waitForInput(_ count: Int, of connection: Connection) {
        var waiting: Int32 = 0
        while waiting < count {
            _ = ioctl(descriptors[connection.number] ?? -1, UInt(FIONREAD), &waiting)
        }
    }

    /// One pass of the loop, with what is ready.
    func turn() { loop.tick(waitingAtMost: .zero) }

    /// Passes until something is so, or has failed to be for five minutes: other tests compute on the
    /// same processors.
    func turn(until isSo: () throws -> Bool) throws {
        for _ in 0..<300_000 {
            if try isSo() { return }
            loop.tick(waitingAtMost: .milliseconds(1))
        }
        throw Stuck()
    }

    /// Passes until something hasn't changed for 20 of them: what more could change it waits elsewhere.
    func turn(untilStill value: () -> Int) {
        var (last, count) = (value(), 0)
        while count < 20 {
            loop.tick(waitingAtMost: .milliseconds(1))
            let now = value()
            (last, count) = (now, now == last ? count + 1 : 0)
        }
    }

    /// Time passes, and the loop sees it.
    func pass(_ time: Duration) {
        clock.advance(by: time)
        turn()
        turn()
    }

    /// The client's next answer, which the server gives meanwhile.
    func answer(to client: TestClient) throws -> TestClient.Answer {
        try turn { client.hasInput(within: 0) }
        return try client.answer()
    }

    func count(_ total: LoopMetrics.Total) -> Int {
        worker.metrics.totals.value(at: total.rawValue)
    }
}
