import HTTP
import Support
import Testing

@testable import HTTPServer

/// When a loop has too much to do, and what then happens to requests.
@Suite(.timeLimit(.minutes(1)))
struct LoadShedderTests {
    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private static let cases: [(passes: [(Int64, Int64)], isOverloaded: Bool)] = [
        ([], false), ([(0, 300)], false),  // one long pass is a burst
        ([(0, 51), (100, 151)], true), ([(0, 51), (99, 150)], false),
        ([(0, 51), (60, 110), (150, 201)], false),  // one in time in between
        ([(0, 51), (51, 102), (102, 153)], true), ([(0, 51), (51, 151), (151, 201)], false),
        ([(0, 50), (100, 150), (200, 250)], false),  // at the target
    ]

    /// Passes as (start, end), and whether the loop is overloaded after the last.
    @Test(arguments: cases)
    func isOverloadedWhereEvenTheShortestPassIsTooLong(
        passes: [(Int64, Int64)], isOverloaded: Bool
    ) {
        var shedder = LoadShedder(target: .milliseconds(50), interval: .milliseconds(100))
        for (start, end) in passes { shedder.passEnded(from: Self.at(start), to: Self.at(end)) }
        #expect(shedder.isOverloaded == isOverloaded)
        #expect(shedder.refuses(at: Self.at(1050), inPassFrom: Self.at(1000)) == isOverloaded)
        #expect(!shedder.refuses(at: Self.at(1049), inPassFrom: Self.at(1000)))
    }

    /// Each request takes 30 ms of a clock that nothing else moves: ten make a pass too long.
    @Test func anOverloadedLoopServesWhatItCanInTime() async throws {
        let clock = ManualMonotonicClock()
        try await withServer(
            { options in
                options.loops = 1
                options.clock = clock
                options.shedTarget = .milliseconds(50)
                options.shedInterval = .milliseconds(100)
            },
            routes: { router in
                router.on(.get, "/work") { _ in
                    clock.advance(by: .milliseconds(30))
                    return .now(Response(text: "done"))
                }
                router.on(.get, "/vital", isEssential: true) { _ in .now(Response(text: "here")) }
            }
        ) { _, address in
            try await blocking {
                let client = try TestClient(address)
                func statuses(of requests: Int) throws -> [Int] {
                    let work = String(repeating: get("/work"), count: requests)
                    try client.send(work + get("/vital"))
                    let statuses = try (0..<requests).map { _ in try client.answer().status }
                    #expect(try client.answer().status == 200)
                    return statuses
                }
                #expect(try statuses(of: 10) == Array(repeating: 200, count: 10))
                #expect(try statuses(of: 10) == Array(repeating: 200, count: 10))
                let served = [200, 200]
                #expect(try statuses(of: 10) == served + Array(repeating: 503, count: 8))
                #expect(try statuses(of: 10) == served + Array(repeating: 503, count: 8))
                #expect(try statuses(of: 1) == [200])  // a pass that ends in time ends it
                #expect(try statuses(of: 10) == Array(repeating: 200, count: 10))
            }
        }
    }

    @Test func aRefusalSaysWhenToTryAgain() async throws {
        let gate = Gate()
        try await withServer(
            { options in
                options.loops = 1
                options.maxRunningHandlers = 2
            },
            routes: { router in
                router.onGated(gate)
                router.on(.get, "/vital", isEssential: true) { _ in .now(Response(text: "here")) }
            }
        ) { _, address in
            try await blocking {
                let running = try (0..<2).map { _ in try TestClient(address) }
                for client in running { try client.send(get("/gated")) }
                let client = try TestClient(address)
                try client.send(get("/vital"))
                #expect(try client.answer().status == 200)
                try client.send(get("/hello"))
                let refused = try client.answer()
                #expect(refused.status == 503)
                #expect(refused.fields["retry-after"] == "1")
                #expect(refused.fields["content-type"] == "application/problem+json")
                let other = try HTTP2TestClient(address)
                try other.get("/hello", on: 1)
                #expect(try other.answer(on: 1).status == "503")
                gate.open()
                for client in running { #expect(try client.answer().status == 200) }
                try client.send(get("/hello"))
                #expect(try client.answer().status == 200)
            }
        }
    }
}
