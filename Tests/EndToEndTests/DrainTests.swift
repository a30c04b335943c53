import Foundation
import Support
import Synchronization
import Testing

extension EndToEnd {
    /// A stop under load.
    @Suite struct DrainTests {
        private static let clients = 64
        private static let stopSeconds = 60

        /// Each client posts one event after the other on its connection, until that is closed. A
        /// request that the service has taken is answered: what is stored was acknowledged, and the
        /// other way round.
        @Test(.timeLimit(.minutes(5)))
        func everyAcceptedRequestIsAnswered() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_HTTP_STOP_SECONDS": "\(Self.stopSeconds)"]
                )
                let acknowledged = Mutex<Set<String>>([])
                let port = service.port
                let isStopping = Mutex(false)
                async let work: Void = concurrently(Self.clients) { client in
                    let connection = try HTTPConnection(port: port)
                    for number in 0... {
                        let item = "i-\(client)-\(number)"
                        let body =
                            #"{"id":"\#(item)","type":"view","user":"u\#(client)","#
                            + #""item":"\#(item)"}"#
                        do {
                            let answer = try connection.send(
                                "POST", "/v1/events", Array(body.utf8))
                            #expect(answer.status == 200, "\(answer.text)")
                            acknowledged.withLock { _ = $0.insert(item) }
                            if answer.fields["connection"] == "close" { return }
                        } catch is HTTPConnection.BrokenOff {
                            #expect(isStopping.withLock { $0 }, "closed while it ran")
                            return
                        }
                    }
                }
                try wait(until: "every client was answered") {
                    acknowledged.withLock { $0.count >= 20 * Self.clients }
                }
                isStopping.withLock { $0 = true }
                let start = ContinuousClock.now
                service.terminate()
                try await work
                #expect(service.waitUntilEnded() == 0)
                #expect(ContinuousClock.now - start < .seconds(Self.stopSeconds))
                #expect(throws: HTTPConnection.BrokenOff.self) {
                    _ = try HTTPConnection(port: port)
                }
                try Self.expect(acknowledged.withLock { $0 }, in: folder)
            }
        }

        private static func expect(_ items: Set<String>, in folder: TemporaryFolder) throws {
            let next = try RunningStarling(folder.database)
            var stored: Set<String> = []
            for client in 0..<clients {
                let export = try next.lines("/v1/users/u\(client)/export")
                stored.formUnion(export.compactMap { $0["item"]?.string })
            }
            #expect(stored == items)
        }
    }
}
