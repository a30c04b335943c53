import Foundation
import HTTP
import HTTPServer
import Logging
import Sockets
import Synchronization

/// Opens once, for all who wait; what handlers wait for in these tests.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiters.count } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

extension Router {
    /// `/gated` answers when the gate is open, and opens `reached` before it waits.
    mutating func onGated(_ gate: Gate, reached: Gate? = nil) {
        on(.get, "/gated") { _ in
            .later {
                reached?.open()
                await gate.wait()
                return Response(text: "done")
            }
        }
    }
}

/// A thread for the servers' handlers: Swift's pool is all tests', and others compute on it for minutes.
final class HandlerThread: TaskExecutor {
    static let shared = HandlerThread()

    private let queue = DispatchQueue(label: "handlers")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// A server with a few routes on a free port, stopped when the test is over.
func withServer<Value: Sendable>(
    _ configure: (inout HTTPServerOptions) -> Void = { _ in },
    routes: (inout Router) -> Void = { _ in },
    _ body: (HTTPServer, SocketAddress) async throws -> Value
) async throws -> Value {
    var options = HTTPServerOptions()
    options.port = 0
    options.loops = 2
    options.handlerExecutor = HandlerThread.shared
    // A test moves the clock by hours while handlers wait.
    options.shedTarget = .seconds(1_000_000)
    configure(&options)
    var router = Router()
    router.on(.get, "/hello") { _ in .now(Response(text: "hello")) }
    router.on(.get, "/later") { _ in .later { Response(text: "later") } }
    router.on(.get, "/fails") { _ in throw CocoaError(.fileNoSuchFile) }
    router.on(.get, "/users/{user}/x") { request in
        .now(Response(text: request.parameters["user"] ?? "nobody"))
    }
    router.on(.post, "/echo", body: .collected(maxBytes: 100_000)) { request in
        guard case .collected(let bytes) = request.body else { return .now(Response()) }
        return .now(Response(contentType: "text/plain", body: bytes))
    }
    router.on(.post, "/count", body: .streamed) { request in
        .later { await countBytes(of: request.body) }
    }
    routes(&router)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = HTTPServer(
        options: options, router: router, logger: logger)
    let address = try server.start()
    do {
        let value = try await body(server, address)
        await server.stop(within: .zero)
        return value
    } catch {
        await server.stop(within: .zero)
        throw error
    }
}

/// Returns when a server with one loop has seen all that other clients sent before, and all timers
/// that were due by then: a loop reads, then lets its timers go off, then waits again.
func passTicks(_ address: SocketAddress) throws {
    for _ in 0..<3 {
        let client = try TestClient(address)
        try client.send(get("/hello"))
        _ = try client.answer()
    }
}

func countBytes(of body: RequestBody) async -> Response {
    guard case .stream(let stream) = body else { return Response(status: .internalServerError) }
    var count = 0
    do {
        while let part = try await stream.next() { count += part.count }
        return Response(text: "\(count)")
    } catch let problem as Problem {
        return problem.response
    } catch {
        return Problem.internalError.response
    }
}

func get(_ path: String, _ fields: String...) -> String {
    "GET \(path) HTTP/1.1\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ path: String, _ fields: String..., body: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
