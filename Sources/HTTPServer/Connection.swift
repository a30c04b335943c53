import HTTP
import Sockets

/// A client's connection: reads the socket, drives the engine, has requests answered in their
/// order, and writes. Belongs to its worker's loop.
///
///     head ─→ (body ⇄) ─→ handler ─→ answer ─→ the next head ...
///                                       └────→ last answer sent ─→ lingering ─→ closed
///
/// That is HTTP/1.1. A connection that begins with HTTP/2's preface, or is upgraded, hands its input
/// to `HTTP2Exchanges` from then on, and sends what that has to send.
///
/// While a request waits for its answer the next one isn't looked at, and when enough of it has
/// arrived the socket isn't read either.
///
/// Answers are sent when the other sockets of the loop's batch were read: the processor's caches then
/// hold the code of one of the two at a time, and a client with several connections is woken for all
/// of them (1.12 times as many short requests).
final class Connection: ReadinessHandler {
    enum Phase {
        case open
        /// The last answer is queued; nothing is read any more.
        case finishing
        /// Everything is sent; the client's input is thrown away until it has read the answer.
        case lingering
        case closed
    }

    /// Holds this connection in turn, until `close`.
    let worker: Worker
    let number: UInt64
    /// The other end.
    let peer: Peer
    private let socket: Socket
    private var registration: EventLoop.Registration?
    private var interest = Readiness.readable
    // What every request goes through comes without the check that nobody else is in there, which
    // took 7 % of the service's own time in a short request. So nothing that these call, such as a
    // closure for the output, touches the connection.
    @exclusivity(unchecked) var engine: HTTP1Engine
    /// Takes the engine's place where the client speaks HTTP/2.
    var http2: HTTP2Exchanges?
    /// The first bytes have told which protocol this is.
    private var protocolIsKnown = false
    @exclusivity(unchecked) var output = OutputQueue()
    @exclusivity(unchecked) var exchange: Exchange?
    /// Counts requests, so that a late answer finds out that its request is gone.
    var exchangeCount: UInt64 = 0
    @exclusivity(unchecked) var phase = Phase.open
    /// The client has sent its last byte.
    private(set) var inputHasEnded = false
    /// What the client sends can't be read as HTTP any more, or came too late.
    var inputIsBroken = false
    var patience = Patience()

    init(_ socket: consuming Socket, number: UInt64, peer: Peer, worker: Worker) {
        self.socket = socket
        self.number = number
        self.peer = peer
        self.worker = worker
        engine = HTTP1Engine(limits: worker.options.limits)
    }

    func start() {
        do throws(SystemError) {
            try socket.setNoDelay()
            registration = try worker.loop.register(
                socket.rawValue, interest: interest, handler: self)
            update()
        } catch {
            close()
        }
    }

    func socketIsReady(_ readiness: Readiness) {
        if readiness.isReadable { readInput() }
        if phase != .closed, readiness.isBroken { close() }
        guard phase != .closed else { return }
        var turn = Turn(requestsLeft: worker.options.maxRequestsPerTurn)
        let before = exchangeCount
        if takeRequests(&turn) {
            worker.sendAtBatchEnd(self, requests: Int(exchangeCount - before))
        } else {
            pump(&turn)
        }
    }

    /// Takes the requests that have come.
    ///
    /// - Returns: Nothing is left to be done but to send, in either protocol.
    private func takeRequests(_ turn: inout Turn) -> Bool {
        guard knowsProtocol else { return false }
        if let http2 {
            http2.takeEvents()
            return true
        }
        guard output.isEmpty else { return false }
        takeEvents(&turn)
        return !output.isEmpty && !isOutputFull
    }

    /// What is left to be done after `takeRequests`.
    func send() {
        guard phase != .closed else { return }
        if let http2 { return http2.pump() }
        flush()
        settle()
    }

    /// Sends what there is to send, handles what the engine has, and settles what to wait for.
    ///
    /// Full output stops the handling, and may be gone after a flush; then nothing would wake this
    /// connection, so it goes on until the events, the socket or its turn are at their end.
    func pump() {
        var turn = Turn(requestsLeft: worker.options.maxRequestsPerTurn)
        pump(&turn)
    }

    private func pump(_ turn: inout Turn) {
        guard knowsProtocol else { return update() }
        if let http2 { return http2.pump() }
        flush()
        while isReadyForEvents, !turn.isOver {
            takeEvents(&turn)
            flush()
        }
        settle()
    }

    private func settle() {
        if let http2 { return http2.pump() }
        if worker.closesIdle, isIdle { return close() }
        update()
    }

    private var isIdle: Bool {
        phase == .open && http2 == nil && exchange == nil && engine.isBetweenRequests
            && output.isEmpty
    }

    /// Whether enough has come to tell HTTP/2 from HTTP/1.1.
    private var knowsProtocol: Bool {
        if protocolIsKnown || inputHasEnded || phase != .open { return true }
        switch engine.prefaceMatch {
        case .undecided: return false
        case .none: break
        case .whole: speakHTTP2(HTTP2Exchanges(HTTP2Engine(limits: worker.options.limits), self))
        }
        protocolIsKnown = true
        return true
    }

    /// What has come and isn't read yet is HTTP/2, and all that will come.
    func speakHTTP2(_ http2: HTTP2Exchanges) {
        protocolIsKnown = true
        exchange = nil
        self.http2 = http2
        if worker.isDraining { http2.drain() }
        engine.takeBuffered().withUnsafeBytes { http2.receive($0) }
    }

    /// What a connection may still do before the others get their turn.
    private struct Turn {
        var requestsLeft: Int
        var isOver = false
    }

    private func takeEvents(_ turn: inout Turn) {
        while isReadyForEvents {
            let event = engine.next()
            if case .needMore = event {
                if inputHasEnded { endOfInput() }
                turn.isOver = true
                return
            }
            handle(event)
            if case .end = event { turn.requestsLeft -= 1 }
            if turn.requestsLeft <= 0 {
                turn.isOver = true
                return pumpLater()
            }
        }
    }

    /// Ends the connection now, whatever it is doing.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        exchange?.abandon()
        exchange = nil
        http2?.close()
        patience.cancel(on: worker.loop)
        if let registration {
            do throws(SystemError) {
                try worker.loop.deregister(registration)
            } catch {
                worker.logger.warning("cannot deregister", metadata: ["error": "\(error)"])
            }
        }
        worker.remove(number)
    }

    /// The server stops. HTTP/2 can say so at once, HTTP/1.1 with its next answer.
    func announceEnd() {
        guard phase != .closed, let http2 else { return }
        http2.drain()
        pump()
    }

    /// An idle connection closes, another one with its next answer. What has arrived by now still
    /// counts.
    func drain() {
        if phase == .open, wantsInput { readInput() }
        guard phase != .closed else { return }
        pump()
        if let http2 {
            http2.drain()
            pump()
        } else if isIdle {
            close()
        }
    }

    // MARK: Input

    private var isReadyForEvents: Bool {
        phase == .open && http2 == nil && (exchange?.canTakeBody ?? true) && !isOutputFull
    }

    private var isOutputFull: Bool { output.count >= worker.options.outputHighWaterBytes }

    private var wantsInput: Bool {
        switch phase {
        case .open:
            !inputHasEnded && !inputIsBroken && exchange?.isStreamPaused != true && !isOutputFull
                && engine.bufferedBytes < worker.scratch.count
        case .lingering: true
        case .finishing, .closed: false
        }
    }

    private func readInput() {
        guard wantsInput else { return }
        do throws(SystemError) {
            switch try socket.read(into: worker.scratch) {
            case .wouldBlock: break
            case .done(0) where phase == .lingering: close()
            case .done(0): inputHasEnded = true
            case .done(let count):
                worker.metrics.count(.bytesIn, count)
                guard phase == .open else { return }
                let bytes = UnsafeRawBufferPointer(rebasing: worker.scratch[..<count])
                if let http2 { return http2.receive(bytes) }
                engine.receive(bytes)
                patience.progress(at: worker.loop.now)
            }
        } catch {
            close()  // ECONNRESET and its like: the client is gone
        }
    }

    /// The client will send no more, and nothing of what it sent is left: what it has begun is
    /// broken off; all that it asked is answered.
    private func endOfInput() {
        if exchange == nil { finish() } else { close() }
    }

    private func pumpLater() {
        let (worker, number) = (LoopBound(worker, on: worker.loop), number)
        self.worker.loop.execute {
            worker.value.withConnection(number) { $0.pump() }
        }
    }

    // MARK: Output

    /// No request is taken any more; the connection closes when everything is sent.
    func finish() {
        if phase == .open { phase = .finishing }
    }

    func flush() {
        guard phase != .closed, !output.isEmpty else { return finishIfSent() }
        do throws(SystemError) {
            let sent = try output.flush(to: socket)
            worker.metrics.count(.bytesOut, sent)
            if sent > 0 {
                patience.sent(http2?.contentTaken() ?? sent, at: worker.loop.now)
            }
            finishIfSent()
        } catch {
            close()  // EPIPE and its like: nobody reads any more
        }
    }

    private func finishIfSent() {
        guard phase == .finishing, output.isEmpty else { return }
        // RFC 9112 section 9.6: closing with unread input makes the kernel send a reset, which
        // can reach the client before the answer. So say that this side is done, and wait.
        let hasUnreadInput = inputIsBroken || exchange != nil || engine.bufferedBytes > 0
        guard hasUnreadInput, !inputHasEnded else { return close() }
        exchange = nil
        socket.shutdownWriting()
        phase = .lingering
    }

    /// What the connection waits for, in one place.
    func update() {
        guard phase != .closed, let registration else { return }
        let wanted = Readiness(readable: wantsInput, writable: !output.isEmpty)
        if wanted != interest {
            do throws(SystemError) {
                try worker.loop.update(registration, interest: wanted)
                interest = wanted
            } catch {
                return close()
            }
        }
        updatePatience(isReading: wanted.isReadable)
    }
}
