import Foundation
import Support
import Synchronization
import Testing

extension EndToEnd {
    /// A stop under load.
    @Suite struct DrainTests {
        private static let clients = 64
        private static let stopSeconds = 60
        private static let streams = 4

        /// Clients of three kinds post one event after the other: on a connection that is kept, on one
        /// for each, and several at a time over HTTP/2. Nobody who was let in is left without an answer,
        /// and what is stored was acknowledged, and the other way round.
        ///
        /// The moment for requests that are on their way is long here, so that no client is too slow
        /// for it; it ends when all have had their last answer.
        @Test(.timeLimit(.minutes(5)))
        func everyAcceptedRequestIsAnswered() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(
                    folder.database,
                    settings: [
                        "STARLING_HTTP_STOP_SECONDS": "\(Self.stopSeconds)",
                        "STARLING_HTTP_DRAIN_MILLISECONDS": "\(Self.stopSeconds * 500)",
                        "STARLING_HTTP_LINGER_SECONDS": "\(Self.stopSeconds / 2)",
                    ])
                let load = Load(port: service.port)
                async let work: Void = concurrently(Self.clients) { client in
                    switch client % 3 {
                    case 0: try load.postOnOneConnection(client)
                    case 1: try load.postOnOneConnectionEach(client)
                    default: try load.postOverHTTP2(client, streams: Self.streams)
                    }
                }
                try wait(until: "every client was answered") {
                    load.acknowledged.withLock { $0.count >= 20 * Self.clients }
                }
                load.isStopping.withLock { $0 = true }
                let start = ContinuousClock.now
                service.terminate()
                try await work
                #expect(service.waitUntilEnded() == 0)
                #expect(ContinuousClock.now - start < .seconds(Self.stopSeconds))
                #expect(throws: HTTPConnection.BrokenOff.self) {
                    _ = try HTTPConnection(port: service.port)
                }
                try Self.expect(load.acknowledged.withLock { $0 }, in: folder)
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

    /// What the clients send, and what they were told of it.
    private final class Load: Sendable {
        private static let path = "/v1/events"

        let port: UInt16
        /// Items whose event was answered with 200.
        let acknowledged = Mutex<Set<String>>([])
        let isStopping = Mutex(false)

        init(port: UInt16) {
            self.port = port
        }

        private func item(_ client: Int, _ number: Int) -> String { "i-\(client)-\(number)" }

        private func event(_ client: Int, _ item: String) -> String {
            #"{"id":"\#(item)","type":"view","user":"u\#(client)","item":"\#(item)"}"#
        }

        private func note(_ item: String) { acknowledged.withLock { _ = $0.insert(item) } }

        /// Until an answer says that it is the last. Half of these clients pause before each request, so
        /// that they are idle when the stop comes.
        func postOnOneConnection(_ client: Int) throws {
            let connection = try HTTPConnection(port: port)
            for number in 0... {
                let item = item(client, number)
                let answer = try connection.send(
                    "POST", Self.path, Array(event(client, item).utf8))
                #expect(answer.status == 200, "\(answer.text)")
                note(item)
                if answer.fields["connection"] == "close" { break }
                if client.isMultiple(of: 2) { usleep(20_000) }
            }
            #expect(isStopping.withLock { $0 }, "closed while it ran")
        }

        /// Until nobody listens. A connection may be made by the kernel and never be taken by the
        /// service, which a reset then tells.
        func postOnOneConnectionEach(_ client: Int) throws {
            for number in 0... {
                let item = item(client, number)
                do {
                    let answer = try HTTPConnection(port: port).send(
                        "POST", Self.path, Array(event(client, item).utf8),
                        fields: ["Connection": "close"])
                    #expect(answer.status == 200, "\(answer.text)")
                    note(item)
                } catch let end as HTTPConnection.BrokenOff {
                    #expect(end.isReset, "let in, and not answered")
                    #expect(isStopping.withLock { $0 }, "refused while it ran")
                    return
                }
            }
        }

        /// Until the server says that it ends. Of the requests that were on their way then those count
        /// that it names.
        func postOverHTTP2(_ client: Int, streams: Int) throws {
            let connection = try HTTP2Connection(port: port)
            var items: [UInt32: String] = [:]
            while !connection.isEnding {
                while items.count - connection.statuses.count < streams {
                    let item = item(client, items.count)
                    let stream = UInt32(2 * items.count + 1)
                    try connection.post(Self.path, event(client, item), on: stream)
                    items[stream] = item
                }
                guard try connection.read() else { break }
                noteAnswers(connection, items)
            }
            while connection.lastStream == nil || !isDone(connection, items) {
                guard try connection.read() else { break }
            }
            noteAnswers(connection, items)
            #expect(isStopping.withLock { $0 }, "ended while it ran")
            #expect(isDone(connection, items), "requests that count are not answered")
        }

        private func isDone(_ connection: HTTP2Connection, _ items: [UInt32: String]) -> Bool {
            guard let last = connection.lastStream else { return false }
            return items.keys.allSatisfy { $0 > last || connection.statuses[$0] != nil }
        }

        private func noteAnswers(_ connection: HTTP2Connection, _ items: [UInt32: String]) {
            for (stream, status) in connection.statuses {
                #expect(status == "200")
                if let item = items[stream] { note(item) }
            }
        }
    }
}
