import HTTP
import Sockets
import Support

/// What the connection waits for, and its end.
extension HTTP2Exchanges {
    /// PING and its like don't keep a connection from being idle.
    var currentWait: Patience.Wait {
        // First: what is in the midst of a head can ask for nothing else.
        if !connection.output.isEmpty || engine.unsentBytes > 0 { return .sending }
        if engine.isInHead { return .head }
        return exchanges.isEmpty ? .nextRequest : .nothing
    }

    /// When the first of the bodies that are waited for is overdue.
    var bodyDeadline: MonotonicTime? {
        exchanges.values.lazy.compactMap { $0.deadline(self.worker.options.timeouts) }.min()
    }

    /// A body that is overdue concerns its stream alone.
    func refuseSlowBodies() {
        let (now, timeouts) = (worker.loop.now, worker.options.timeouts)
        let overdue = exchanges.filter { _, exchange in
            exchange.deadline(timeouts).map { $0 <= now } ?? false
        }
        for (stream, exchange) in overdue {
            if !exchange.state.isAnswered {
                worker.metrics.count(.slowBodies)
                fail(stream, .tooSlow, isHead: false)
            } else {
                if !engine.isSending(on: stream) { engine.reset(stream, .noError) }
                waitLonger(for: stream)  // for the end of the answer, or for the reset to be sent
            }
        }
        if !overdue.isEmpty { pump() }
    }

    /// Nothing came for too long.
    func leave() {
        engine.end(because: engine.isInHead ? .enhanceYourCalm : .noError)
        pump()
    }

    /// Lets the requests that are here or on their way end, and no others (RFC 9113 section 6.8).
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        engine.announceShutdown()
        let (worker, number) = (LoopBound(worker, on: worker.loop), connection.number)
        _ = self.worker.loop.schedule(after: self.worker.options.timeouts.linger) {
            worker.value.withConnection(number) { $0.http2?.shutDown() }
        }
    }

    /// A client that doesn't answer isn't waited for longer than for one that doesn't read.
    private func shutDown() {
        engine.shutDown()
        pump()
    }
}
