import HTTP
import Support
import Testing

/// Seeded mutations of the tables' requests: whatever comes, the engine lives, keeps its limits,
/// and doesn't care how the bytes were cut.
@Suite struct HTTP1EngineFuzzTests {
    @Test(arguments: 0..<8)
    func survivesMutations(seed: Int) {
        let corpus = (goodRequests.map(\.text) + badRequests.map(\.text)).map { Array($0.utf8) }
        var random = RandomSource(seed: UInt64(seed))
        var limits = HTTPLimits()
        limits.maxDiscardedBytes = 64
        limits.maxHeaderCount = 4
        limits.maxRequestLineBytes = 64
        limits.maxHeaderBytes = 256
        for _ in 0..<1000 {
            let input = mutate(corpus, &random)
            let whole = trace([input[...]], limits: limits)
            #expect(whole == trace(cut(input, &random), limits: limits), "\(input)")
            #expect(
                whole.lines.filter { $0.hasPrefix("body ") }.allSatisfy { $0.utf8.count < 2048 })
        }
    }

    private func mutate(_ corpus: [[UInt8]], _ random: inout RandomSource) -> [UInt8] {
        var input = corpus.randomElement(using: &random) ?? []
        if Bool.random(using: &random) { input += corpus.randomElement(using: &random) ?? [] }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !input.isEmpty {
            let place = Int.random(in: input.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: input[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: input.remove(at: place)
            case 2: input.insert(contentsOf: "\r\n".utf8, at: place)
            case 3:
                let end = Int.random(in: place..<input.count, using: &random)
                input.insert(contentsOf: input[place...end], at: place)
            default: input.insert(input[input.count - 1 - place], at: place)
            }
        }
        return input
    }

    private func cut(_ input: [UInt8], _ random: inout RandomSource) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var rest = input[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(rest.count, 20), using: &random)
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts
    }
}
