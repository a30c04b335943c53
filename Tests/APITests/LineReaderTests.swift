import HTTP
import Testing

@testable import API

@Suite struct LineReaderTests {
    private func lines(_ body: RequestBody, maximumBytes: Int = 100) async throws -> [String] {
        var reader = LineReader(body, maximumBytes: maximumBytes)
        var lines: [String] = []
        while let line = try await reader.next() {
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return lines
    }

    private func stream(_ parts: [ArraySlice<UInt8>]) -> RequestBody {
        let stream = BodyStream()
        for part in parts { _ = stream.supply(Array(part)) }
        stream.finish()
        return .stream(stream)
    }

    /// A stream whose parts are read one by one: the next comes when the reader waits for it.
    private func slowStream(_ parts: [ArraySlice<UInt8>]) -> (RequestBody, Task<Void, Never>) {
        let stream = BodyStream()
        let feeder = Task {
            for part in parts {
                _ = stream.supply(Array(part))
                for _ in 0..<3 { await Task.yield() }
            }
            stream.finish()
        }
        return (.stream(stream), feeder)
    }

    @Test func readsTheSameLinesAtEverySplit() async throws {
        let text = "{\"a\":1}\n\n  \r\n{\"b\":\"ä\"}\r\nlast"
        let expected = ["{\"a\":1}", "{\"b\":\"ä\"}\r", "last"]
        let bytes = Array(text.utf8)
        #expect(try await lines(.collected(bytes)) == expected)
        for split in 0...bytes.count {
            let (body, feeder) = slowStream([bytes[..<split], bytes[split...]])
            #expect(try await lines(body) == expected)
            await feeder.value
        }
        let (body, feeder) = slowStream(bytes.indices.map { bytes[$0...$0] })
        #expect(try await lines(body) == expected)
        await feeder.value
    }

    @Test func findsNothingInAnEmptyBody() async throws {
        #expect(try await lines(.collected([])).isEmpty)
        #expect(try await lines(.collected(Array("\n\n \n".utf8))).isEmpty)
        #expect(try await lines(stream([])).isEmpty)
    }

    /// The limit holds for the line, wherever the network cut it.
    @Test func refusesALineBeyondTheLimitAtEverySplit() async throws {
        let bytes = Array("ok\n12345678901\nok\n".utf8)
        for split in 0...bytes.count {
            let (body, feeder) = slowStream([bytes[..<split], bytes[split...]])
            await #expect {
                _ = try await lines(body, maximumBytes: 10)
            } throws: { error in
                let problem = error as? Problem
                return problem?.status == .contentTooLarge
                    && problem?.detail?.hasPrefix("line 2,") == true
            }
            await feeder.value
        }
        #expect(try await lines(.collected(bytes), maximumBytes: 11).count == 3)
    }

    @Test func refusesALineThatNeverEnds() async throws {
        let (body, feeder) = slowStream(
            (0..<50).map { _ in Array("0123456789".utf8)[...] })
        await #expect(throws: Problem.self) { _ = try await lines(body, maximumBytes: 30) }
        await feeder.value
    }

    @Test func passesOnWhatBrokeTheStream() async throws {
        let stream = BodyStream()
        _ = stream.supply(Array("one\ntwo".utf8))
        stream.fail(Problem(.requestTimeout, type: "timeout"))
        var reader = LineReader(.stream(stream), maximumBytes: 100)
        #expect(try await reader.next() == Array("one".utf8))
        await #expect(throws: Problem.self) { _ = try await reader.next() }
    }
}
