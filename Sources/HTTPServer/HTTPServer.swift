import Foundation
import HTTP
import Logging
import Sockets
import Synchronization

/// The HTTP server: one listening socket, event loops that share its connections, a router.
package final class HTTPServer: Sendable {
    private let options: HTTPServerOptions
    private let dispatcher: Dispatcher
    private let logger: Logger
    private let state = Mutex(State.new)

    private enum State {
        case new
        case running(Running)
        case stopping(Task<Void, Never>)
    }

    /// What start made. Each part is touched on its loop only.
    private struct Running: Sendable {
        let acceptorLoop: EventLoop
        let acceptor: LoopBound<Acceptor>
        let workers: [RunningWorker]
    }

    package init(options: HTTPServerOptions, router: Router, logger: Logger) {
        self.options = options
        self.logger = logger
        dispatcher = Dispatcher(router: router, admission: options.admission, logger: logger)
    }

    /// Listens, and serves from then on.
    ///
    /// - Returns: The bound address, with the port that the kernel chose where 0 was asked for.
    /// - Throws: `SystemError` when the address can't be bound.
    /// - Precondition: The server has not been started before.
    package func start() throws -> SocketAddress {
        guard let address = SocketAddress(host: options.host, port: options.port) else {
            throw SystemError(code: EADDRNOTAVAIL, call: "inet_pton")
        }
        let listener = try Socket.listen(on: address, backlog: options.backlog)
        let bound = try listener.localAddress()
        let running = try makeRunning(listener)
        state.withLock { state in
            guard case .new = state else { preconditionFailure("a server starts once") }
            state = .running(running)
        }
        for (number, worker) in running.workers.enumerated() {
            worker.start(name: "http-\(number)")
        }
        running.acceptorLoop.execute { running.acceptor.value.start() }
        return bound
    }

    /// Stops accepting, answers what is in flight, or comes within `timeouts.drain`, with
    /// `Connection: close`, closes idle connections, and breaks off what is left after `grace`. May be
    /// called repeatedly; each call returns when the server has stopped.
    package func stop(within grace: Duration) async {
        let stopping = state.withLock { state -> Task<Void, Never>? in
            switch state {
            case .new: return nil
            case .stopping(let task): return task
            case .running(let running):
                let task = Task { await Self.stop(running, within: grace) }
                state = .stopping(task)
                return task
            }
        }
        await stopping?.value
    }

    private func makeRunning(_ listener: consuming Socket) throws -> Running {
        let table = ConnectionTable(
            limit: options.maxConnections, limitPerClient: options.maxConnectionsPerClient)
        let budget = BodyBudget(limit: options.maxCollectedBytes)
        let handlers = HandlerLoad(options)
        var loopMetrics: [LoopMetrics] = []
        let workers = try (0..<max(1, options.loops)).map { _ in
            let (loop, load) = (try EventLoop(clock: options.clock), WorkerLoad())
            let worker = Worker(
                loop: loop, options: options, dispatcher: dispatcher, logger: logger,
                table: table, budget: budget, handlers: handlers, load: load)
            loopMetrics.append(worker.metrics)
            return RunningWorker(
                loop: loop, worker: LoopBound(worker, on: loop), load: load)
        }
        options.metrics.follow(
            loopMetrics, budget: budget, handlers: handlers,
            maxConnections: options.maxConnections)
        let loop = workers[0].loop
        let acceptor = Acceptor(
            listener: listener, loop: loop, workers: workers, table: table, options: options,
            logger: logger)
        return Running(
            acceptorLoop: loop, acceptor: LoopBound(acceptor, on: loop), workers: workers)
    }

    private static func stop(_ running: Running, within grace: Duration) async {
        await withCheckedContinuation { stopped in
            running.acceptorLoop.execute {
                running.acceptor.value.stop()
                stopped.resume()
            }
        }
        await withTaskGroup { group in
            for worker in running.workers {
                group.addTask { await worker.drain(within: grace) }
            }
        }
        for worker in running.workers { worker.loop.stop() }
    }
}

/// A worker as other threads see it.
struct RunningWorker: Sendable {
    let loop: EventLoop
    let worker: LoopBound<Worker>
    let load: WorkerLoad

    func start(name: String) {
        loop.start(name: name)
        loop.execute { [worker] in worker.value.start() }
    }

    func drain(within grace: Duration) async {
        await withCheckedContinuation { drained in
            loop.execute { [worker] in
                worker.value.drain(within: grace) { drained.resume() }
            }
        }
    }
}
