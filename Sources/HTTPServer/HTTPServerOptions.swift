import Foundation
import HTTP
import Support

/// How the server listens, and every bound on its connections.
package struct HTTPServerOptions: Sendable {
    package var host = "127.0.0.1"
    /// 0 takes a free port; `start` says which.
    package var port: UInt16 = 8080
    /// Event loops, each a thread.
    package var loops = ProcessInfo.processInfo.activeProcessorCount
    /// Open connections at once. Above it the kernel's backlog keeps newcomers waiting, and each
    /// answer closes its connection, so that places come free.
    package var maxConnections = 8192
    /// Of these, one client's: an IPv4 address or an IPv6 /64. One more is closed at once. A trusted
    /// proxy has as many as it likes.
    package var maxConnectionsPerClient = 1024
    /// Handlers that work off the loops for requests whose content has come; with more, requests get
    /// 503.
    package var maxRunningHandlers = 4096
    /// Content of all requests together that is in memory for their handlers: whole bodies until
    /// these have answered, what they keep of streams until they give it back. With more: 503.
    package var maxCollectedBytes = 256 * 1024 * 1024
    /// A loop whose every pass takes longer than this, for `shedInterval`, is overloaded: see
    /// `LoadShedder`. So are the handlers off the loops where each takes longer: see `HandlerShedder`.
    package var shedTarget: Duration = .milliseconds(200)
    package var shedInterval: Duration = .seconds(1)
    /// Who may say on whose behalf he calls.
    package var forwarding = ForwardedClient()
    package var backlog: Int32 = 1024
    package var limits = HTTPLimits()
    package var timeouts = Timeouts()
    /// What the timeouts are measured by.
    package var clock: any MonotonicClock = SystemMonotonicClock()
    /// What handlers run on that answer later; nil is Swift's global pool.
    package var handlerExecutor: (any TaskExecutor)?
    /// Output that a client doesn't take; above it no further pipelined request is answered.
    package var outputHighWaterBytes = 256 * 1024
    /// Bytes of a streamed body that its handler hasn't taken; above it the socket isn't read.
    package var streamHighWaterBytes = 256 * 1024
    /// Pipelined requests of one connection that are served before others get their turn.
    package var maxRequestsPerTurn = 64
    /// Judges what no route with an admission of its own matches.
    package var admission: Admission?
    /// What the loops count, for whoever shows it.
    package var metrics = HTTPServerMetrics()
    /// Sees each request once its answer is encoded, on the event loop: the access log.
    package var onAnswered: (@Sendable (AnsweredRequest) -> Void)?

    package init() {}

    /// How long a client may keep the server waiting.
    package struct Timeouts: Sendable {
        /// From a request's first byte to the end of its head; then 408.
        package var head: Duration = .seconds(15)
        /// Between two parts of a body; then 408.
        package var body: Duration = .seconds(30)
        /// What a body must bring in each second that its client is waited for, on the average since
        /// its head; with less 408. 0 lets it come as slowly as the pauses allow.
        package var minBodyBytesPerSecond = 240
        /// For so long any pace will do.
        package var bodyGrace: Duration = .seconds(30)
        /// Between two requests; then the connection is closed.
        package var idle: Duration = .seconds(75)
        /// Without any progress in sending; then the connection is closed.
        package var write: Duration = .seconds(30)
        /// What a client must take of its answers in each second that it is waited for, on the average
        /// since there has been more than the kernel, or its windows in HTTP/2, would take; then the
        /// connection is closed. For as long as `write` any pace will do; 0 lets it take as little as
        /// `write` allows.
        package var minAnswerBytesPerSecond = 240
        /// For a client to read the last answer, before its unread input makes the kernel throw
        /// the answer away (RFC 9112 section 9.6).
        package var linger: Duration = .seconds(2)
        /// At a stop: for a request to come on a connection that has none, or that nobody has taken
        /// yet. It is answered with `Connection: close`; where none comes the connection is closed.
        package var drain: Duration = .milliseconds(100)

        package init() {}
    }
}
