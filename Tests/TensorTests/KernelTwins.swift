import Support
import Testing

@testable import Tensor

// What the suites of kernels share: drawn numbers, and a fast kernel held against its plain twin.

/// Around the width of vectors, where loops have their ends.
let kernelCounts = [0, 1, 2, 15, 16, 17, 31, 33, 100, 257]

/// Normal numbers of the given deviation.
func drawn(_ count: Int, scale: Float = 3, seed: UInt64 = 1) -> [Float] {
    var source = RandomSource(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in scale * Float(source.normal()) }
}

/// The error may be so large relative to numbers above 1, and absolutely below.
func expectClose(
    _ fast: [Float], _ plain: [Float], tolerance: Float = 2e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(fast.count == plain.count, sourceLocation: sourceLocation)
    // One expectation for all: there are millions of numbers.
    let wrong = zip(fast, plain).enumerated().first { _, pair in
        !(pair.0 == pair.1 || abs(pair.0 - pair.1) <= tolerance * max(1, abs(pair.1)))
    }
    #expect(wrong == nil, sourceLocation: sourceLocation)
}

typealias Kernel = (_ inputs: [Float.Input], _ outputs: [Float.Output]) -> Void

/// Runs both on the same numbers and compares all that they wrote.
///
/// - Parameter outputs: What is in the outputs before.
func expectTwins(
    reading inputs: [[Float]], writing outputs: [[Float]], tolerance: Float = 2e-6,
    fast: Kernel, plain: Kernel, sourceLocation: SourceLocation = #_sourceLocation
) {
    let fastResults = results(of: fast, reading: inputs, writing: outputs)
    let plainResults = results(of: plain, reading: inputs, writing: outputs)
    for (fast, plain) in zip(fastResults, plainResults) {
        expectClose(fast, plain, tolerance: tolerance, sourceLocation: sourceLocation)
    }
}

/// What the kernel leaves in its outputs.
func results(
    of kernel: Kernel, reading inputs: [[Float]], writing outputs: [[Float]]
) -> [[Float]] {
    // Copies of their own, next to which nothing of the test's lies.
    let read = inputs.map { UnsafeMutableBufferPointer<Float>.copy(of: $0) }
    let written = outputs.map { UnsafeMutableBufferPointer<Float>.copy(of: $0) }
    defer { (read + written).forEach { $0.deallocate() } }
    kernel(read.map { Float.Input($0) }, written)
    return written.map { Array($0) }
}

extension UnsafeMutableBufferPointer where Element == Float {
    fileprivate static func copy(of elements: [Float]) -> UnsafeMutableBufferPointer {
        let buffer = allocate(capacity: elements.count)
        _ = buffer.initialize(from: elements)
        return buffer
    }
}
