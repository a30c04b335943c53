import HTTP
import Testing

@Suite struct GzipTests {
    /// What Python's `gzip.compress(b"hello", mtime=0)` gives.
    private static let hello: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
    ]

    private func text(_ count: Int) -> [UInt8] {
        Array((0..<count / 8 + 1).map { "\($0 * 7919 % 99991) " }.joined().utf8.prefix(count))
    }

    /// All of a content that arrives in these parts.
    private func unpack(
        _ parts: [ArraySlice<UInt8>], atMost limit: Int = 1 << 20
    ) throws -> (content: [UInt8], isComplete: Bool) {
        let decoder = GzipDecoder()
        var content: [UInt8] = []
        for part in parts {
            decoder.supply(Array(part))
            while true {
                let piece = try decoder.next(atMost: limit)
                #expect(piece.count <= limit)
                if piece.isEmpty { break }
                content += piece
            }
        }
        return (content, decoder.isComplete)
    }

    @Test(arguments: [0, 1, 511, 512, 513, 5_000, 32_767, 32_768, 100_000, 3_000_000])
    func comesBackAsItWas(count: Int) throws {
        let content = text(count)
        let packed = try #require(Gzip.pack(content))
        #expect(packed.prefix(3) == [31, 139, 8])
        let back = try unpack([packed[...]])
        #expect(back.content == content)
        #expect(back.isComplete)
        #expect(count < 1000 || packed.count < content.count)
    }

    @Test func readsWhatOthersPackAtEverySplit() throws {
        for split in 0...Self.hello.count {
            let back = try unpack([Self.hello[..<split], Self.hello[split...]])
            #expect(back.content == Array("hello".utf8))
            #expect(back.isComplete)
        }
        let each = try unpack(Self.hello.indices.map { Self.hello[$0...$0] }, atMost: 1)
        #expect(each.content == Array("hello".utf8))
    }

    /// RFC 1952 section 2.2: members simply follow one another.
    @Test func readsMembersInARowAtEverySplit() throws {
        let both = Self.hello + Self.hello
        for split in 0...both.count {
            let back = try unpack([both[..<split], both[split...]])
            #expect(back.content == Array("hellohello".utf8))
            #expect(back.isComplete)
        }
    }

    @Test func knowsThatTheEndIsMissing() throws {
        for count in 0..<Self.hello.count {
            #expect(try !unpack([Self.hello[..<count]]).isComplete)
        }
    }

    @Test func refusesWhatIsBroken() throws {
        for (place, byte) in [(0, 0), (2, 7), (12, 0), (19, 0), (21, 6)] as [(Int, UInt8)] {
            var broken = Self.hello
            broken[place] = byte
            #expect(throws: GzipDecoder.Broken.self) { try unpack([broken[...]]) }
        }
        #expect(throws: GzipDecoder.Broken.self) { try unpack([(Self.hello + [1, 2, 3])[...]]) }
        #expect(throws: GzipDecoder.Broken.self) { try unpack([Array("{}".utf8)[...]]) }
    }

    /// A bomb comes out no faster than it is asked for.
    @Test func handsOutNoMoreThanIsAskedFor() throws {
        let bomb = try #require(Gzip.pack([UInt8](repeating: 0x30, count: 50_000_000)))
        #expect(bomb.count < 300_000)
        let decoder = GzipDecoder()
        decoder.supply(bomb)
        #expect(try decoder.next(atMost: 1000).count == 1000)
        #expect(try decoder.next(atMost: 1).count == 1)
        #expect(!decoder.isComplete)
    }

    private func body(_ parts: [ArraySlice<UInt8>], brokenOff: Problem? = nil) -> RequestBody {
        let stream = BodyStream()
        for part in parts { _ = stream.supply(Array(part)) }
        if let brokenOff { stream.fail(brokenOff) } else { stream.finish() }
        return .stream(GzipBody(stream))
    }

    private func status(_ work: () async throws -> [UInt8]) async -> Int {
        do {
            _ = try await work()
            return 200
        } catch {
            return (error as? Problem)?.status.code ?? 0
        }
    }

    @Test func aBodyIsUnpackedWhileItIsRead() async throws {
        let content = text(2_000_000)
        let packed = try #require(Gzip.pack(content))
        let body = body([packed[..<1000], packed[1000...]])
        #expect(try await body.collect(upTo: content.count) == content)
    }

    @Test func aBodyIsBoundedByWhatItUnpacksTo() async throws {
        let packed = try #require(Gzip.pack([UInt8](repeating: 0x30, count: 10_000)))[...]
        #expect(await status { try await body([packed]).collect(upTo: 10_000) } == 200)
        #expect(await status { try await body([packed]).collect(upTo: 9_999) } == 413)
    }

    @Test func aBodyThatCantBeUnpackedIsTheClientsFault() async throws {
        let all = Self.hello[...]
        #expect(await status { try await body([all.dropLast()]).collect(upTo: 100) } == 400)
        #expect(await status { try await body([]).collect(upTo: 100) } == 400)
        #expect(await status { try await body([[1, 2, 3]]).collect(upTo: 100) } == 400)
        let slow = Problem(.requestTimeout, type: "x")
        #expect(
            await status { try await body([all.dropLast()], brokenOff: slow).collect(upTo: 100) }
                == 408)
    }
}
