import Foundation
import FuzzEntries
import Support
import Testing

/// The fuzz targets' entry points, fed with the corpus in the tree and seeded mutations of it. A
/// broken invariant traps, which ends the run. `make fuzz` goes on from here with coverage.
@Suite struct FuzzCorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzing/Corpus")

    private func corpus(of entry: FuzzEntry) throws -> [[UInt8]] {
        let folder = Self.folder.appendingPathComponent(entry.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            [UInt8](try Data(contentsOf: folder.appendingPathComponent($0)))
        }
    }

    @Test(arguments: FuzzEntry.allCases)
    func livesThroughTheCorpus(entry: FuzzEntry) throws {
        let corpus = try corpus(of: entry)
        #expect(corpus.count >= 10)
        #expect(corpus.allSatisfy { $0.count <= 4096 })
        entry.run([])
        for input in corpus { entry.run(input) }
    }

    @Test(arguments: FuzzEntry.allCases, 0..<4)
    func livesThroughMutations(entry: FuzzEntry, seed: Int) throws {
        let corpus = try corpus(of: entry)
        var random = RandomSource(seed: UInt64(seed))
        for _ in 0..<2000 { entry.run(mutate(corpus, &random)) }
    }

    private func mutate(_ corpus: [[UInt8]], _ random: inout RandomSource) -> [UInt8] {
        var input = corpus.randomElement(using: &random) ?? []
        if Int.random(in: 0..<4, using: &random) == 0 {
            input += corpus.randomElement(using: &random) ?? []
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) where !input.isEmpty {
            let place = Int.random(in: input.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: input[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: input[place] ^= 1 << Int.random(in: 0..<8, using: &random)
            case 2: input.remove(at: place)
            case 3: input.insert(input[input.count - 1 - place], at: place)
            default: input.removeSubrange(place...)
            }
        }
        return input
    }
}
