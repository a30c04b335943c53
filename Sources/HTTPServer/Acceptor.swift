import Foundation
import Logging
import Sockets
import Support

/// Accepts connections and deals each to the worker that has the fewest. Belongs to one loop.
///
/// When the table is full it stops accepting: newcomers wait in the kernel's backlog until a
/// connection closes. On each loop the one that has been idle for longest does so for them; where
/// none is idle, the answers of a full server hasten it (`Connection: close`). A 503 for each would
/// need a place in the table itself, for the client to read it in peace.
final class Acceptor: ReadinessHandler {
    private let listener: Socket
    private let loop: EventLoop
    private let workers: [RunningWorker]
    private let table: ConnectionTable
    private let options: HTTPServerOptions
    private let logger: Logger
    private var registration: EventLoop.Registration?

    init(
        listener: consuming Socket, loop: EventLoop,
        workers: [RunningWorker],
        table: ConnectionTable, options: HTTPServerOptions, logger: Logger
    ) {
        self.listener = listener
        self.loop = loop
        self.workers = workers
        self.table = table
        self.options = options
        self.logger = logger
    }

    func start() {
        do throws(SystemError) {
            registration = try loop.register(
                listener.rawValue, interest: .readable, handler: self)
        } catch {
            logger.critical("cannot wait for connections", metadata: ["error": "\(error)"])
        }
    }

    /// Takes what waits in the backlog, which the kernel would reset, and lets nobody in after it.
    func stop() {
        if let registration { deregister(registration) }
        table.stopWaiting()
        takeBacklog()
        listener.shutdownListening()
    }

    /// No more than the backlog holds: others may go on coming.
    private func takeBacklog() {
        do throws(SystemError) {
            for _ in 0..<max(0, options.backlog) where !table.isFull {
                guard let socket = try listener.accept() else { return }
                deal(socket)
            }
        } catch {
            logger.warning("cannot accept", metadata: ["error": "\(error)"])
        }
    }

    func socketIsReady(_ readiness: Readiness) {
        do throws(SystemError) {
            for accepted in 0..<Self.maxAcceptedPerTick {
                guard !table.isFull else {
                    // Whether somebody waits behind the last one who got in, the next pass tells.
                    if accepted == 0 { waitForRoom() }
                    return
                }
                guard let socket = try listener.accept() else { return }
                deal(socket)
            }
        } catch {
            // Mostly EMFILE: the connection stays in the backlog and would wake the loop forever.
            logger.warning("cannot accept", metadata: ["error": "\(error)"])
            pause()
            _ = loop.schedule(after: .milliseconds(100)) { [self] in resume() }
        }
    }

    private func deal(_ socket: consuming Socket) {
        guard let chosen = workers.min(by: { $0.load.count < $1.load.count }) else { return }
        let peer = Peer(
            address: socket.peerAddress()?.ipAddress ?? .unspecified, in: options.forwarding)
        guard table.add(peer.client) else {
            workers[0].worker.value.metrics.count(.refusedConnections)  // this loop's own
            return
        }
        chosen.load.add()
        let (raw, worker) = (socket.release(), chosen.worker)
        chosen.loop.execute { worker.value.adopt(Socket(owning: raw), from: peer) }
    }

    private func waitForRoom() {
        pause()
        let (acceptor, loop) = (LoopBound(self, on: loop), loop)
        table.waitForRoom {
            loop.execute { acceptor.value.resume() }
        }
        for worker in workers {
            worker.loop.execute { worker.worker.value.releaseLongestIdle() }
        }
    }

    private func pause() {
        if let registration { update(registration, interest: .nothing) }
    }

    private func resume() {
        if let registration { update(registration, interest: .readable) }
    }

    private func update(_ registration: EventLoop.Registration, interest: Readiness) {
        do throws(SystemError) {
            try loop.update(registration, interest: interest)
        } catch {
            logger.critical("cannot wait for connections", metadata: ["error": "\(error)"])
        }
    }

    private func deregister(_ registration: EventLoop.Registration) {
        self.registration = nil
        do throws(SystemError) {
            try loop.deregister(registration)
        } catch {
            logger.warning("cannot stop waiting", metadata: ["error": "\(error)"])
        }
    }

    private static let maxAcceptedPerTick = 64
}
