/// Histograms of durations, side by side; one thread counts and any thread reads, as in
/// `CounterBlock`.
package final class DurationHistograms: Sendable {
    /// The buckets' upper bounds in nanoseconds: 50 µs to 10 s.
    private static let bounds: [Int] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        5_000_000_000, 10_000_000_000,
    ]
    /// The buckets, one for what is beyond them, and the sum of the nanoseconds.
    private static let stride = bounds.count + 2

    private let counters: CounterBlock
    // Here as well: a static that isn't a literal is asked for by a call each time.
    private let bounds = bounds
    private let stride = stride

    package init(count: Int) {
        counters = CounterBlock(count: count * Self.stride)
    }

    /// - Parameter index: Of the histogram.
    package func record(nanoseconds: Int, at index: Int) {
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        counters.add(at: index * stride + bucket)
        counters.add(nanoseconds, at: index * stride + stride - 1)
    }

    /// The histogram that several threads have counted together, as a page shows it.
    package static func merged(_ blocks: [DurationHistograms], at index: Int) -> Merged {
        let counters = blocks.map(\.counters)
        var merged = Merged()
        for bucket in 0...bounds.count {
            merged.count += counters.sum(at: index * stride + bucket)
            let bound = bucket < bounds.count ? Double(bounds[bucket]) / 1e9 : .infinity
            merged.buckets.append((bound, merged.count))
        }
        merged.seconds = Double(counters.sum(at: index * stride + stride - 1)) / 1e9
        return merged
    }

    package struct Merged {
        /// Upper bounds in seconds, the last one infinite, and how many durations are at most that.
        package fileprivate(set) var buckets: [(bound: Double, count: Int)] = []
        package fileprivate(set) var count = 0
        package fileprivate(set) var seconds = 0.0
    }
}
