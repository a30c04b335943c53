import HTTP
import Logging
import Sockets
import Support
import Synchronization

/// One event loop with its connections, and what they share. Belongs to the loop's thread, except
/// for `load`.
final class Worker {
    let loop: EventLoop
    let options: HTTPServerOptions
    let dispatcher: Dispatcher
    let logger: Logger
    let table: ConnectionTable
    let budget: BodyBudget
    let handlers: HandlerLoad
    /// Connections that were dealt to this worker and are open. Any thread reads and writes.
    let load: WorkerLoad
    let metrics: LoopMetrics
    /// Where every connection of this loop reads into; idle ones need no buffer of their own.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
    /// Each answer is its connection's last.
    private(set) var isDraining = false
    /// What has no request is closed.
    private(set) var closesIdle = false
    private var connections: [UInt64: Connection] = [:]
    private var lastConnection: UInt64 = 0
    /// Have answers to send when the loop's batch ends. One that closes keeps its descriptor until then.
    private var senders: [Connection] = []
    private var unsentRequests = 0
    private var onDrained: (() -> Void)?
    private(set) var shedder: LoadShedder
    private var random = RandomSource(seed: .random(in: .min ... .max))
    private var dateBytes: [UInt8] = []
    private var dateExpires = MonotonicTime(nanoseconds: .min)

    init(
        loop: EventLoop, options: HTTPServerOptions, dispatcher: Dispatcher, logger: Logger,
        table: ConnectionTable, budget: BodyBudget, handlers: HandlerLoad, load: WorkerLoad
    ) {
        self.loop = loop
        self.options = options
        self.dispatcher = dispatcher
        self.logger = logger
        self.table = table
        self.budget = budget
        self.handlers = handlers
        self.load = load
        metrics = LoopMetrics(layout: dispatcher.layout, load: load)
        shedder = LoadShedder(target: options.shedTarget, interval: options.shedInterval)
    }

    /// Watches the loop's passes and batches from now on, until the loop ends.
    func start() {
        loop.onPassEnd = { [self] start, end in shedder.passEnded(from: start, to: end) }
        loop.onBatchEnd = { [self] in sendAnswers() }
    }

    deinit {
        scratch.deallocate()
    }

    /// Serves a connection that was counted already.
    func adopt(_ socket: consuming Socket, from peer: Peer) {
        loop.assertInLoop()
        lastConnection += 1
        metrics.count(.connections)
        let connection = Connection(socket, number: lastConnection, peer: peer, worker: self)
        connections[lastConnection] = connection
        connection.start()
        if closesIdle { connection.drain() }
    }

    /// Runs `body` for a connection, if it is still there.
    func withConnection(_ number: UInt64, _ body: (Connection) -> Void) {
        if let connection = connections[number] { body(connection) }
    }

    /// Has the connection send when the loop's batch ends, or when a turn's worth of requests was
    /// taken, so that the first of them doesn't wait for long.
    func sendAtBatchEnd(_ connection: Connection, requests: Int) {
        senders.append(connection)
        unsentRequests += requests
        if unsentRequests >= options.maxRequestsPerTurn { sendAnswers() }
    }

    private func sendAnswers() {
        for connection in senders { connection.send() }
        senders.removeAll(keepingCapacity: true)
        unsentRequests = 0
    }

    /// Another client waits for a place: the connection that has been idle for longest gives way,
    /// unless a request is on its way already.
    func releaseLongestIdle() {
        let idle = connections.values.lazy.compactMap { connection in
            connection.idleSince.map { (since: $0, connection: connection) }
        }
        guard let longest = idle.min(by: { $0.since < $1.since }) else { return }
        metrics.count(.releasedConnections)
        longest.connection.drain()
    }

    func remove(_ number: UInt64) {
        let gone = connections.removeValue(forKey: number)
        load.remove()
        table.remove(gone?.peer.client)
        if isDraining { reportIfDrained() }
    }

    /// Lets the requests in flight end, and those that come within a moment: a client that has just
    /// had an answer, or connected, can't know that it is too late. Breaks off what is left after
    /// `grace`.
    func drain(within grace: Duration, onDrained: @escaping () -> Void) {
        loop.assertInLoop()
        self.onDrained = onDrained
        isDraining = true
        for connection in connections.values { connection.announceEnd() }
        reportIfDrained()
        _ = loop.schedule(after: min(options.timeouts.drain, grace)) { [self] in
            closesIdle = true
            for connection in connections.values { connection.drain() }
        }
        _ = loop.schedule(after: grace) { [self] in
            for connection in connections.values { connection.close() }
        }
    }

    private func reportIfDrained() {
        guard connections.isEmpty, let report = onDrained else { return }
        onDrained = nil
        report()
    }

    /// The Date field's value for now.
    var date: [UInt8] {
        if loop.now >= dateExpires {
            let now = SystemWallClock().now()
            dateBytes = HTTPDate.bytes(for: now)
            dateExpires = loop.now + .milliseconds(1000 - now.milliseconds % 1000)
        }
        return dateBytes
    }

    /// The client's name for the request where it is sane, else one of our own: 64 random bits,
    /// as short as a String can be without memory of its own.
    func requestID(_ fields: Fields) -> String {
        if let brought = fields["X-Request-Id"], Request.isSaneID(brought) { return brought }
        var bits = random.next()
        return String(unsafeUninitializedCapacity: 13) { buffer in
            for index in 0..<13 {
                buffer[index] = Self.idAlphabet[Int(bits & 31)]
                bits >>= 5
            }
            return 13
        }
    }

    private static let idAlphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}

/// How many connections a worker has; what the acceptor deals by. Any thread reads and writes.
final class WorkerLoad: Sendable {
    private let connections = Atomic<Int>(0)

    var count: Int { connections.load(ordering: .relaxed) }

    func add() { connections.wrappingAdd(1, ordering: .relaxed) }

    func remove() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
