import HTTP
import Logging
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct DispatcherTests {
    /// 32 KiB are packed on the event loop, and not a byte more.
    @Test(arguments: [(32 * 1024, false), (32 * 1024 + 1, true)])
    func packsALongAnswerOffTheLoop(bytes: Int, isLater: Bool) throws {
        let dispatcher = Dispatcher(router: Router(), logger: Logger(label: "test"))
        let request = try Request(
            method: .get, target: "/", fields: ["Accept-Encoding": "gzip"])
        let reply = dispatcher.reply(to: request) { _ in
            .now(Response(text: String(repeating: "x", count: bytes)))
        }
        switch reply {
        case .now(let response):
            #expect(!isLater)
            #expect(response.fields["Content-Encoding"] == "gzip")
        case .later: #expect(isLater)
        }
    }

    /// Of many 500 it must be found which one is meant.
    @Test func aFailureIsLoggedWithTheRequestThatMetIt() async throws {
        var router = Router()
        router.on(.get, "/users/{user}") { _ in throw CancellationError() }
        let log = RecordedLog()
        let dispatcher = Dispatcher(router: router, logger: log.logger)
        let request = try Request(method: .get, target: "/users/ann", id: "r-7")
        #expect(await dispatcher.answer(request).status == .internalServerError)
        let entry = try #require(log.metadata.first)
        #expect(entry["request"] == "r-7")
        #expect(entry["method"] == "GET")
        #expect(entry["route"] == "/users/{user}")
        #expect(!"\(log.metadata)".contains("ann"))
    }
}
