import Foundation
import HTTP
import HTTPServer
import Metrics
import PrometheusText
import Support
import Synchronization
import Testing

@Suite struct AccessLogTests {
    /// A folder of its own, gone with the test.
    private final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "access-log-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func lines(_ name: String) throws -> [[String: JSONValue]] {
            let text = try String(contentsOfFile: path + "/" + name, encoding: .utf8)
            return try text.split(separator: "\n").map { try JSONValue.object(from: String($0)) }
        }
    }

    private struct FixedClock: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_795_256_931_850) }
    }

    private func log(_ path: String) throws -> AccessLog {
        try AccessLog(path: path, clock: FixedClock()) { Issue.record("\($0)") }
    }

    @Test func tellsOfEachAnswerAndOfNobody() async throws {
        let folder = try Folder()
        let log = try log(folder.path + "/log")
        try await withServer {
            $0.onAnswered = log.note
            $0.timeouts.idle = .seconds(3600)  // however long the others take
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/users/ann-secret/x?token=secret", "X-Request-Id: mine-\"1\\"))
                #expect(try client.answer().fields["x-request-id"] == "mine-\"1\\")
                try client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try client.answer(toHead: true)
                try client.send("SECRET /secret HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try client.answer()
                let second = try HTTP2TestClient(address)
                try second.get("/later", on: 1, ("x-request-id", "mine-2"))
                _ = try second.answer(on: 1)
                try client.send("x\r\n\r\n")
                #expect(try client.answer().fields["x-request-id"]?.isEmpty == false)
            }
        }
        log.close()
        let text = try String(contentsOfFile: folder.path + "/log", encoding: .utf8)
        #expect(!text.lowercased().contains("secret"))
        let lines = try folder.lines("log")
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0["time"] == .string("2026-11-21T10:28:51.850Z") })
        #expect(lines.map { $0["status"] } == [200, 200, 404, 200, 400].map { .integer($0) })
        #expect(
            lines.map { $0["method"] } == [
                .string("GET"), .string("HEAD"), .string("other"), .string("GET"), .null,
            ])
        #expect(
            lines.map { $0["route"] } == [
                .string("/users/{user}/x"), .string("/hello"), .null, .string("/later"), .null,
            ])
        #expect(lines[0]["bytes"] == .integer(10))
        #expect(lines[1]["bytes"] == .integer(0))
        #expect(lines[0]["requestId"] == .string("mine-\"1\\"))
        #expect(lines[3]["requestId"] == .string("mine-2"))
        #expect(lines[3]["protocol"] == .string("HTTP/2"))
        #expect(lines[4]["protocol"] == .string("HTTP/1.1"))
        for line in lines {
            #expect(
                Set(line.keys) == [
                    "time", "method", "route", "status", "bytes", "durationMicroseconds",
                    "protocol", "requestId",
                ])
        }
    }

    @Test func appendsAndGoesOnInANewFile() throws {
        let folder = try Folder()
        let path = folder.path + "/log"
        for _ in 0..<2 {
            let log = try log(path)
            log.note(.sample)
            log.close()
        }
        #expect(try folder.lines("log").count == 2)
        let log = try log(path)
        log.note(.sample)
        while counts(log).written < 1 { usleep(1000) }
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        log.reopen()
        log.note(.sample)
        log.note(.sample)
        log.close()
        #expect(try folder.lines("log.1").count == 3)
        #expect(try folder.lines("log").count == 2)
        #expect(counts(log).written == 3)
    }

    @Test func saysWhichFileCantBeOpened() throws {
        let folder = try Folder()
        let path = folder.path + "/none/log"
        #expect(throws: AccessLog.CannotOpen.self) { try log(path) }
        do {
            _ = try log(path)
        } catch {
            #expect("\(error)".contains(path))
        }
    }

    /// Nobody waits for a disk that is full: the lines are counted as dropped, and it is said once.
    @Test func goesOnWhereNothingCanBeWritten() throws {
        let said = Mutex<[String]>([])
        let log = try AccessLog(path: "/dev/full", clock: FixedClock()) { text in
            said.withLock { $0.append(text) }
        }
        for count in 1...3 {
            log.note(.sample)
            while counts(log).dropped < count { usleep(1000) }
        }
        log.close()
        #expect(counts(log) == Counts(written: 0, dropped: 3))
        #expect(said.withLock { $0.count } == 1)
        #expect(said.withLock { $0.first?.contains("No space left") } == true)
    }

    /// A pipe that nobody reads holds the log's thread up, and no event loop.
    @Test func dropsWhatFindsNoRoom() throws {
        let folder = try Folder()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        let log = try log(path)
        let sent = AccessLog.capacity * 2
        for _ in 0..<sent { log.note(.sample) }
        let dropped = counts(log).dropped
        #expect(dropped > 0)
        #expect(log.waitingCount > 0)
        // Now somebody reads, and what was taken comes out.
        let received = Mutex(0)
        _ = fcntl(reader, F_SETFL, 0)
        let thread = Thread {
            var part = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(reader, &part, part.count), count > 0 {
                let lines = part[..<count].count { $0 == UInt8(ascii: "\n") }
                received.withLock { $0 += lines }
            }
        }
        thread.start()
        log.close()
        while received.withLock({ $0 }) < sent - dropped { usleep(1000) }
        close(reader)
        #expect(received.withLock { $0 } == sent - dropped)
        #expect(counts(log) == Counts(written: sent - dropped, dropped: dropped))
    }

    /// The end of the service doesn't wait for a reader that has stopped.
    @Test func closesWhereNobodyReads() throws {
        let folder = try Folder()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        let log = try log(path)
        for _ in 0..<5000 { log.note(.sample) }  // more than a pipe holds
        #expect(!log.close(within: .milliseconds(10)))
        _ = fcntl(reader, F_SETFL, 0)
        let thread = Thread {
            var part = [UInt8](repeating: 0, count: 1 << 16)
            while read(reader, &part, part.count) > 0 {}
            close(reader)
        }
        thread.start()
        #expect(log.close())
    }

    private struct Counts: Equatable {
        var written: Int
        var dropped: Int
    }

    private func counts(_ log: AccessLog) -> Counts {
        var page = MetricsPage()
        log.write(to: &page)
        let text = try? PrometheusText(String(decoding: page.bytes, as: UTF8.self))
        func count(_ result: String) -> Int {
            Int(text?["starling_access_log_lines_total", ["result": result]] ?? -1)
        }
        return Counts(written: count("written"), dropped: count("dropped"))
    }
}

extension AnsweredRequest {
    fileprivate static let sample = AnsweredRequest(
        method: .get, route: "/x", status: .ok, contentBytes: 1, duration: .microseconds(5),
        version: .http11, requestID: "r")
}
