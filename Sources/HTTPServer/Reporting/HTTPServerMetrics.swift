import HTTP
import Metrics
import Synchronization

/// What the server has counted since its start, put together from its loops when somebody asks.
package final class HTTPServerMetrics: Sendable {
    /// Written once, when the server starts.
    private let state = Mutex<State?>(nil)

    private struct State {
        let loops: [LoopMetrics]
        let budget: BodyBudget
        let handlers: HandlerLoad
        let maxConnections: Int
    }

    package init() {}

    func follow(
        _ loops: [LoopMetrics], budget: BodyBudget, handlers: HandlerLoad, maxConnections: Int
    ) {
        state.withLock {
            $0 = State(
                loops: loops, budget: budget, handlers: handlers,
                maxConnections: maxConnections)
        }
    }

    package func write(to page: inout MetricsPage) {
        guard let state = state.withLock({ $0 }), let layout = state.loops.first?.layout else {
            return
        }
        let loops = state.loops
        writeRequests(of: loops, layout, to: &page)
        writeDurations(of: loops, layout, to: &page)
        writeRefusals(of: loops, to: &page)
        writeConnections(of: loops, state.maxConnections, to: &page)
        writeHTTP2(of: loops, to: &page)
        page.single(
            .gauge, "starling_http_running_handlers",
            "Handlers that wait or work off the event loops, uploads aside.", state.handlers.count)
        page.single(
            .gauge, "starling_http_collected_bytes",
            "Content of requests in memory, until these are answered.", state.budget.usedBytes)
        page.single(
            .gauge, "starling_http_collected_bytes_limit",
            "How much content of requests may be in memory.", state.budget.limit)
    }

    private func writeRequests(
        of loops: [LoopMetrics], _ layout: RequestLayout, to page: inout MetricsPage
    ) {
        page.begin(
            .counter, "starling_http_requests_total",
            "Answered requests by route pattern, method, status and protocol.")
        let blocks = loops.map(\.requests)
        layout.forEachPlace { place, label, version, status in
            let count = blocks.sum(at: place)
            guard count > 0 else { return }
            page.add(
                count,
                [
                    "route": label.route, "method": label.method, "status": status,
                    "protocol": "\(version)",
                ])
        }
    }

    private func writeDurations(
        of loops: [LoopMetrics], _ layout: RequestLayout, to page: inout MetricsPage
    ) {
        page.begin(
            .histogram, "starling_http_request_duration_seconds",
            "From the complete head of a request to its encoded answer.")
        let blocks = loops.map(\.durations)
        for (number, label) in layout.endpoints.enumerated() {
            let merged = DurationHistograms.merged(blocks, at: number)
            guard merged.count > 0 else { continue }
            page.add(merged, ["route": label.route, "method": label.method])
        }
    }

    private func writeRefusals(of loops: [LoopMetrics], to page: inout MetricsPage) {
        page.begin(
            .counter, "starling_http_refused_total",
            "Requests that were answered with a problem, by what was wrong.")
        let counts = loops.map(\.refusedByReason).reduce(into: [:]) { sums, counts in
            sums.merge(counts, uniquingKeysWith: +)
        }
        for (reason, count) in counts.sorted(by: { $0.key < $1.key }) {
            page.add(count, ["reason": reason])
        }
    }

    private func writeHTTP2(of loops: [LoopMetrics], to page: inout MetricsPage) {
        page.begin(
            .counter, "starling_http2_ended_connections_total",
            "HTTP/2 connections that were ended, by the limit or rule that their client crossed.")
        for (place, reason) in HTTP2Refusal.Ending.allCases.enumerated() {
            page.add(loops.map(\.endings).sum(at: place), ["reason": reason.rawValue])
        }
        page.begin(
            .counter, "starling_http2_refused_streams_total",
            "HTTP/2 streams that were reset before they were answered, by what was wrong.")
        for (place, reason) in HTTP2Refusal.Reset.allCases.enumerated() {
            page.add(loops.map(\.resets).sum(at: place), ["reason": reason.rawValue])
        }
    }

    private func writeConnections(
        of loops: [LoopMetrics], _ maxConnections: Int, to page: inout MetricsPage
    ) {
        let blocks = loops.map(\.totals)
        func total(_ total: LoopMetrics.Total) -> Int { blocks.sum(at: total.rawValue) }
        page.single(
            .gauge, "starling_http_connections", "Open connections.",
            loops.reduce(0) { $0 + $1.load.count })
        page.single(
            .gauge, "starling_http_connections_limit", "How many connections may be open.",
            maxConnections)
        page.single(
            .counter, "starling_http_connections_total", "Connections that were accepted.",
            total(.connections))
        page.single(
            .counter, "starling_http_connections_refused_total",
            "Connections that were closed at once, since their client has too many.",
            total(.refusedConnections))
        page.single(
            .counter, "starling_http_connections_released_total",
            "Idle connections that were asked to close, since others waited for a place.",
            total(.releasedConnections))
        page.begin(
            .counter, "starling_http_timeouts_total",
            "Connections and requests that were given up, by what was waited for.")
        page.add(total(.idleConnections), ["wait": "next-request"])
        page.add(total(.slowHeads), ["wait": "head"])
        page.add(total(.slowBodies), ["wait": "body"])
        page.add(total(.slowReaders), ["wait": "sending"])
        page.single(
            .counter, "starling_http_received_bytes_total", "Bytes read from connections.",
            total(.bytesIn))
        page.single(
            .counter, "starling_http_sent_bytes_total", "Bytes written to connections.",
            total(.bytesOut))
    }
}
