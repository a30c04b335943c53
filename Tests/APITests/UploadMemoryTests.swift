import Events
import HTTP
import Store
import Support
import Testing

@testable import API

/// What an upload holds of its content is counted among all requests' until it is stored, and
/// bounded for each upload.
@Suite struct UploadMemoryTests {
    enum Kind: CaseIterable {
        case events, items

        var path: String { self == .events ? "/v1/events" : "/v1/items" }

        var chunkCount: Int {
            self == .events ? EventUpload.chunkCount : ItemUpload.chunkCount
        }

        /// What each element counts beside its bytes.
        var overhead: Int {
            self == .events
                ? MemoryLayout<EventUpload.Judged>.stride : MemoryLayout<ItemUpload.Judged>.stride
        }

        /// A good one in so many bytes.
        func element(_ number: Int, bytes: Int = 100) -> [UInt8] {
            let json =
                self == .events
                ? #"{"type":"view","user":"u","item":"i\#(number)"}"# : #"{"id":"i\#(number)"}"#
            return Array(json.utf8) + .init(repeating: 0x20, count: bytes - json.utf8.count)
        }

        func stored(in store: Store) async throws -> Int {
            switch self {
            case .events: try await store.reader.statistics().events
            case .items: try await store.reader.statistics().items
            }
        }
    }

    /// Sends content that comes part by part, within a budget of so many bytes.
    private func send(
        _ parts: [[UInt8]], _ type: String, to kind: Kind, within limit: Int,
        endingIn end: Result<Void, Problem> = .success(())
    ) async throws -> (Answer, left: Int) {
        let service = try await TestService()
        var request = try Request(
            method: .post, target: kind.path, fields: ["Content-Type": type],
            body: .stream(PartedBody(parts, end)))
        let budget = BodyBudget(limit: limit)
        let reservation = BodyReservation(of: budget)
        request.reservation = reservation
        let answer = await service.answer(request)
        let used = budget.usedBytes
        reservation.release()
        #expect(budget.usedBytes == 0)
        return (answer, used)
    }

    /// The lines of a whole chunk, and a few that come when it is stored.
    @Test(arguments: Kind.allCases, [0, 1])
    func linesCountUntilTheirChunkIsStored(kind: Kind, missing: Int) async throws {
        let lines = (0..<kind.chunkCount + 5).map { kind.element($0) + [0x0A] }
        let each = 101 + kind.overhead
        let (answer, used) = try await send(
            lines, "application/x-ndjson", to: kind, within: kind.chunkCount * each - missing)
        #expect(answer.status == (missing == 0 ? 200 : 503))
        if missing == 0 {
            #expect(used == 5 * each)
        } else {
            #expect(answer.response.refusal == "too-many-bodies")
        }
    }

    @Test(arguments: Kind.allCases, [0, 1])
    func blankLinesCountWhileTheyAreRead(kind: Kind, missing: Int) async throws {
        let blank = [UInt8](repeating: 0x0A, count: 1000)
        let (answer, _) = try await send(
            Array(repeating: blank, count: 5) + [kind.element(0)], "application/x-ndjson", to: kind,
            within: 1000 - missing)
        #expect(answer.status == (missing == 0 ? 200 : 503))
    }

    /// Each part of a line that doesn't end, though no line is there yet.
    @Test(arguments: Kind.allCases, [0, 1])
    func aLineWithoutItsEndCounts(kind: Kind, missing: Int) async throws {
        let line = kind.element(0, bytes: 50_000)
        let parts = stride(from: 0, to: line.count, by: 10_000).map {
            Array(line[$0..<$0 + 10_000])
        }
        let (answer, _) = try await send(
            parts, "application/x-ndjson", to: kind, within: line.count - missing,
            endingIn: .failure(.badRequest("incomplete-body", "the client broke off")))
        #expect(answer.status == (missing == 0 ? 400 : 503))
    }

    @Test(arguments: Kind.allCases, [0, 1])
    func aJSONBodyCounts(kind: Kind, missing: Int) async throws {
        let elements = (0..<3).map { kind.element($0) }
        let body = [UInt8(ascii: "[")] + elements.joined(separator: [0x2C]) + [UInt8(ascii: "]")]
        let (answer, used) = try await send(
            [Array(body.prefix(150)), Array(body.dropFirst(150))], "application/json", to: kind,
            within: body.count + 3 * kind.overhead - missing)
        #expect(answer.status == (missing == 0 ? 200 : 503))
        if missing == 0 { #expect(used == body.count + 3 * kind.overhead) }
    }

    /// Of a stream that breaks off, what was whole chunks is stored: here by their bytes.
    @Test(arguments: Kind.allCases, [(0, 8), (1, 0)])
    func aChunkIsStoredWhenItHasItsBytes(
        kind: Kind, bytes: (missing: Int, stored: Int)
    ) async throws {
        let service = try await TestService()
        let count = UploadBounds.chunkBytes / UploadBounds.lineBytes
        let lines = (0..<count).map { number in
            let missing = number == count - 1 ? bytes.missing : 0
            return kind.element(number, bytes: UploadBounds.lineBytes - missing) + [0x0A]
        }
        let end = Problem.badRequest("incomplete-body", "the client broke off")
        let request = try Request(
            method: .post, target: kind.path, fields: ["Content-Type": "application/x-ndjson"],
            body: .stream(PartedBody(lines, .failure(end))))
        #expect(await service.answer(request).status == 400)
        #expect(try await kind.stored(in: service.database.store) == bytes.stored)
    }

    /// The place of an upload is free when it is answered, however that ends.
    @Test(arguments: [200, 400]) func soManyUploadsRunAtOnce(status: Int) async throws {
        var options = APIService.Options()
        options.maximumUploads = 1
        let service = try await TestService(options: options)
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let open = BodyStream()
        let first = try Request(
            method: .post, target: "/v1/items", fields: ["Content-Type": "application/x-ndjson"],
            body: .stream(WatchedBody(open) { signal.yield() }))
        async let answer = service.answer(first)
        for await _ in begun { break }

        let event = #"{"type":"view","user":"u","item":"i"}"#
        let refused = try await service.post("/v1/events", event)
        #expect(refused.status == 503)
        #expect(refused.response.refusal == "too-many-uploads")
        #expect(refused.response.fields["Retry-After"] == "1")
        #expect(try await service.send(.put, "/v1/items/a", "{}").status == 201)

        _ = open.supply(Array((status == 200 ? #"{"id":"b"}"# : "{}").utf8))
        open.finish()
        #expect(await answer.status == status)
        #expect(try await service.post("/v1/events", event).status == 200)
    }
}
