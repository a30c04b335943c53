import CKernels

/// A table of vectors whose numbers are rounded to bytes, with a scale for each row.
///
///     x_ri ≈ s_r q_ri,   s_r = max_i |x_ri| / 127,   q_ri whole, −127...127
///
/// So no number is further off than half of its row's scale.
///
/// Reference: Jacob et al., "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", CVPR 2018, section 2.1, with the zero point 0 (symmetric).
package struct ByteRows: Sendable, Equatable {
    /// Below this a row is 0: its scale's inverse would not be finite.
    static let smallest: Float = 1e-30
    private static let largestByte: Float = 127
    /// What the kernel can split into two bytes.
    private static let largestLevel = 32_639

    package let width: Int
    /// q, `[rows × width]`
    package private(set) var bytes: [Int8]
    /// s, `[rows]`
    package private(set) var scales: [Float]

    /// - Precondition: the bytes are as many as rows and width ask for.
    package init(bytes: [Int8], scales: [Float], width: Int) {
        precondition(
            bytes.count == scales.count * width,
            "\(bytes.count) bytes for \(scales.count) rows of \(width)")
        self.bytes = bytes
        self.scales = scales
        self.width = width
    }

    /// Rounds a table, `[rows × width]`, of finite numbers.
    package init(rounding table: Tensor<Float>) {
        self.init(bytes: [], scales: [], width: table.columnCount)
        append(table.elements)
    }

    package var rowCount: Int { scales.count }

    /// Rounds more rows, `[rows × width]`, and puts them behind the others.
    package mutating func append(_ rows: [Float]) {
        precondition(rows.count % max(width, 1) == 0, "\(rows.count) numbers in rows of \(width)")
        bytes.reserveCapacity(bytes.count + rows.count)
        rows.withUnsafeBufferPointer { rows in
            for start in stride(from: 0, to: rows.count, by: max(width, 1)) {
                let row = rows[start..<start + width]
                let (level, scale) = Self.levels(of: row, largest: Self.largestByte)
                scales.append(scale)
                for x in row { bytes.append(Int8((x * level).rounded(.toNearestOrEven))) }
            }
        }
    }

    /// Adds a row times a factor to the end of an array.
    package func copyRow(_ row: Int, times factor: Float, to numbers: inout [Float]) {
        let scale = factor * scales[row]
        for byte in bytes[row * width..<(row + 1) * width] { numbers.append(scale * Float(byte)) }
    }

    /// The whole table, `[rows × width]`.
    package var floats: Tensor<Float> {
        var numbers: [Float] = []
        numbers.reserveCapacity(bytes.count)
        for row in scales.indices { copyRow(row, times: 1, to: &numbers) }
        return Tensor(shape: [rowCount, width], elements: numbers)
    }

    /// The same bytes with scales that make each row's length 1; rows of zeros stay.
    package var unitRows: ByteRows {
        var unit = self
        for row in scales.indices where scales[row] > 0 {
            let square = bytes[row * width..<(row + 1) * width].reduce(0) { $0 + Int($1) * Int($1) }
            unit.scales[row] = square == 0 ? 0 : 1 / Float(square).squareRoot()
        }
        return unit
    }

    /// Products of vectors with all rows, each vector rounded to whole levels:
    ///
    ///     out[u · stride + r] = factor (v_u · x_r)
    ///
    /// A level is 1/32,639 of the vector's largest number, for a width above 517 more, so that the
    /// sums of whole numbers fit into 32 bits: beside the rows' rounding it counts for nothing.
    /// The result is the same bit for bit on every CPU and in every batch.
    ///
    /// - Parameters:
    ///   - vectors: `[count × width]`
    ///   - out: from the first vector's first product on
    package func products(
        with vectors: UnsafeBufferPointer<Float>, count: Int, times factor: Float = 1,
        into out: UnsafeMutablePointer<Float>, stride: Int
    ) {
        precondition(vectors.count == count * width, "\(vectors.count) for \(count) × \(width)")
        precondition(stride >= rowCount, "\(rowCount) products in \(stride) places")
        let (levels, factors) = rounded(vectors, count: count, times: factor)
        kernel_byte_products(
            count, rowCount, width, bytes, scales, levels, factors, stride, out)
    }

    /// - Returns: Levels, `[count × width]`, and what each vector's products are multiplied with.
    func rounded(
        _ vectors: UnsafeBufferPointer<Float>, count: Int, times factor: Float
    ) -> (levels: [Int16], factors: [Float]) {
        let largest = largestVectorLevel
        var levels: [Int16] = []
        var factors: [Float] = []
        levels.reserveCapacity(vectors.count)
        for vector in 0..<count {
            let numbers = vectors[vector * width..<(vector + 1) * width]
            let (level, scale) = Self.levels(of: numbers, largest: largest)
            factors.append(factor * scale)
            for x in numbers { levels.append(Int16((x * level).rounded(.toNearestOrEven))) }
        }
        return (levels, factors)
    }

    /// How far the levels lie apart to which `products` rounds a vector.
    package func step(of vector: [Float]) -> Float {
        vector.reduce(0) { max($0, abs($1)) } / largestVectorLevel
    }

    private var largestVectorLevel: Float {
        Float(min(Self.largestLevel, Int(Int32.max) / (Int(Self.largestByte) * max(width, 1))))
    }

    /// How many levels 1 has where the largest number has so many, and how much a level is.
    private static func levels(
        of numbers: Slice<UnsafeBufferPointer<Float>>, largest: Float
    ) -> (level: Float, scale: Float) {
        let magnitude = numbers.reduce(Float(0)) { max($0, abs($1)) }
        precondition(magnitude.isFinite, "a number to be rounded is \(magnitude)")
        return magnitude < smallest ? (0, 0) : (largest / magnitude, magnitude / largest)
    }
}
