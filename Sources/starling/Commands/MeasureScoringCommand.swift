import ArgumentParser
import Foundation
import Support
import Tensor

/// How long the products of one user's vector with the whole catalogue take, in Float32 and with
/// items rounded to bytes.
struct MeasureScoringCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-scoring",
        abstract: "Measure the scoring of a request with items in Float32 and in Int8.",
        shouldDisplay: false)

    /// A round lasts about so long for each of the two.
    private static let secondsOfRound = 0.3

    @Option(parsing: .upToNextOption, help: "Items of the catalogue.")
    var items = [3_000, 100_000, 1_000_000]

    @Option(help: "Numbers of a vector.")
    var width = 64

    @Option(help: "Rounds, in each of which both are measured.")
    var rounds = 5

    func validate() throws {
        guard items.allSatisfy({ $0 > 0 }), (1...4096).contains(width), rounds > 0 else {
            throw ValidationError("items, width (up to 4096) and rounds must be above 0")
        }
    }

    func run() throws {
        for count in items { measure(items: count) }
    }

    private func measure(items: Int) {
        var random = RandomSource(seed: 1)
        let user = (0..<width).map { _ in Float(random.normal()) }
        let table = Tensor(
            shape: [items, width],
            elements: (0..<items * width).map { _ in Float(random.uniform() - 0.5) })
        let bytes = ByteRows(rounding: table)
        var scores = [Float](repeating: 0, count: items)
        let product = MatrixProduct<Float>(
            rows: 1, columns: items, inner: width, transposeB: true)
        func multiply(
            _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
        ) {
            user.withUnsafeBufferPointer { user in
                scores.withUnsafeMutableBufferPointer { body(user, $0) }
            }
        }
        var (floatTimes, byteTimes) = ([Double](), [Double]())
        for _ in 0..<rounds {
            floatTimes.append(
                median {
                    multiply { user, scores in
                        table.elements.withUnsafeBufferPointer {
                            Float.multiply(product, user, $0, into: scores)
                        }
                    }
                })
            byteTimes.append(
                median {
                    multiply { user, scores in
                        guard let first = scores.baseAddress else { return }
                        bytes.products(with: user, count: 1, into: first, stride: items)
                    }
                })
        }
        print(
            "\(items) × \(width): Float32 \(Self.text(floatTimes, bytes: table.count * 4)), Int8 "
                + Self.text(byteTimes, bytes: bytes.bytes.count + bytes.scales.count * 4) + ", "
                + Self.text(zip(floatTimes, byteTimes).map { $0 / $1 }) + " times as fast")
    }

    /// Seconds of one call.
    private func median(of body: () -> Void) -> Double {
        var times: [Double] = []
        let start = ContinuousClock.now
        while (ContinuousClock.now - start).inSeconds < Self.secondsOfRound {
            let before = ContinuousClock.now
            body()
            times.append((ContinuousClock.now - before).inSeconds)
        }
        return times.sorted()[times.count / 2]
    }

    private static func text(_ times: [Double], bytes: Int) -> String {
        text(times.map { $0 * 1e6 }) + String(format: " µs in %.2f MB", Double(bytes) / 1e6)
    }

    /// The middle one, and from the least to the largest.
    private static func text(_ values: [Double]) -> String {
        let sorted = values.sorted()
        return String(
            format: "%.1f (%.1f to %.1f)", sorted[sorted.count / 2], sorted[0],
            sorted[sorted.count - 1])
    }
}
