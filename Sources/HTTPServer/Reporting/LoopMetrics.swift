import HTTP
import Metrics
import Synchronization

/// What one event loop counts. Writes: its thread. Reads: whoever shows it, on any thread.
final class LoopMetrics: Sendable {
    enum Total: Int, CaseIterable {
        case bytesIn, bytesOut, connections, refusedConnections, releasedConnections
        case idleConnections, slowHeads, slowBodies, slowReaders
    }

    let layout: RequestLayout
    let requests: CounterBlock
    let durations: DurationHistograms
    let totals = CounterBlock(count: Total.allCases.count)
    /// In the order of `HTTP2Refusal.Ending` and `HTTP2Refusal.Reset`.
    let endings = CounterBlock(count: HTTP2Refusal.Ending.allCases.count)
    let resets = CounterBlock(count: HTTP2Refusal.Reset.allCases.count)
    let load: WorkerLoad
    /// Only refused requests come here, and a reader now and then.
    private let refusals = Mutex<[String: Int]>([:])

    init(layout: RequestLayout, load: WorkerLoad) {
        self.layout = layout
        self.load = load
        requests = CounterBlock(count: layout.requestCount)
        durations = DurationHistograms(count: layout.endpoints.count)
    }

    func note(
        _ request: Request?, isHead: Bool, _ version: HTTPVersion, _ response: Response,
        nanoseconds: Int64
    ) {
        requests.add(at: layout.place(of: request, isHead: isHead, version, response.status))
        durations.record(nanoseconds: Int(nanoseconds), at: request?.endpoint ?? 0)
        if let reason = response.refusal { refusals.withLock { $0[reason, default: 0] += 1 } }
    }

    func count(_ total: Total, _ amount: Int = 1) {
        totals.add(amount, at: total.rawValue)
    }

    func count(_ refusal: HTTP2Refusal) {
        switch refusal {
        case .connection(let ending): Self.count(ending, in: endings)
        case .stream(let reset): Self.count(reset, in: resets)
        }
    }

    private static func count<Reason: CaseIterable & Equatable>(
        _ reason: Reason, in block: CounterBlock
    ) {
        if let place = Array(Reason.allCases).firstIndex(of: reason) { block.add(at: place) }
    }

    var refusedByReason: [String: Int] { refusals.withLock { $0 } }
}
