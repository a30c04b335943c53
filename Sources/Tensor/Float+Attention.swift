import CKernels
import COpenBLAS

extension Float {
    package static func attention(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, into output: Output
    ) {
        guard let output = output.baseAddress, let work = FloatAttention(shape, input, bias) else {
            return
        }
        work.forEachBlock(buffers: 2) { block, buffers in
            work.computeWeights(block, scores: buffers[0], dropped: buffers[1])
            // output = weights · values
            OpenBLAS.multiply(
                block.count, shape.headSize, block.keyCount, alpha: work.weightScale,
                StridedMatrix(buffers[1], stride: block.keyCount), work.values(block), beta: 0,
                into: output + work.outputPlace(block), stride: shape.width)
        }
    }

    package static func addAttentionGradient(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, dOutput: Input,
        into dInput: Output, dBias: AttentionBias<Output>
    ) {
        guard let dOutput = dOutput.baseAddress, let dInput = dInput.baseAddress,
            let work = FloatAttention(shape, input, bias)
        else { return }
        var gaps = GapGradient(dBias.gaps, headCount: shape.headCount)
        work.forEachBlock(buffers: 3) { block, buffers in
            let dOut = StridedMatrix(dOutput + work.outputPlace(block), stride: shape.width)
            work.computeWeights(block, scores: buffers[0], dropped: buffers[1])
            // dValues += weightsᵀ · dOutput
            OpenBLAS.multiply(
                block.keyCount, shape.headSize, block.count, alpha: work.weightScale,
                StridedMatrix(buffers[1], stride: block.keyCount, isTransposed: true), dOut,
                beta: 1, into: dInput + work.place(.value, block.start, block),
                stride: work.stride)
            // dWeights = dOutput · valuesᵀ
            OpenBLAS.multiply(
                block.count, block.keyCount, shape.headSize, alpha: work.weightScale, dOut,
                work.values(block).transposed, beta: 0, into: buffers[2], stride: block.keyCount)
            work.computeScoreGradient(
                block, scores: buffers[0], dWeights: buffers[2], dScores: buffers[1])
            work.addBiasGradient(
                block, dScores: buffers[1], positions: dBias.positions, gaps: &gaps)
            let dScores = StridedMatrix(buffers[1], stride: block.keyCount)
            // dQueries += dScores · keys, dKeys += dScoresᵀ · queries
            OpenBLAS.multiply(
                block.count, shape.headSize, block.keyCount, alpha: work.scoreScale, dScores,
                work.keys(block), beta: 1, into: dInput + work.place(.query, block.first, block),
                stride: work.stride)
            OpenBLAS.multiply(
                block.keyCount, shape.headSize, block.count, alpha: work.scoreScale,
                dScores.transposed, work.queries(block), beta: 1,
                into: dInput + work.place(.key, block.start, block), stride: work.stride)
        }
        gaps.addUp(into: dBias.gaps)
    }
}

/// Attention in blocks of query rows: the scores of a block stay in the cache, and no more of them
/// are computed than causality needs, up to the block's corner. The derivative computes them again
/// in place of keeping them.
///
/// Reference: Dao et al., "FlashAttention", NeurIPS 2022, section 3.1. Differs: whole rows of
/// scores, since histories are short, so that softmax needs no second pass.
private struct FloatAttention {
    /// Some neighbouring query rows of one sequence and head, with all keys up to their last.
    struct Block {
        var head: Int
        /// The sequence's first row.
        var start: Int
        /// The block's first query row.
        var first: Int
        var count: Int

        var keyCount: Int { first - start + count }

        /// How many keys the query row at this place of the block sees.
        func visible(at place: Int) -> Int { first - start + place + 1 }
    }

    enum Part: Int {
        case query, key, value
    }

    private static let blockRows = 64

    let shape: AttentionShape
    let stride: Int
    let scoreScale: Float
    /// What pointwise weights are multiplied with; the products below take it in.
    let weightScale: Float
    private let input: UnsafePointer<Float>
    private let bias: AttentionBias<UnsafeBufferPointer<Float>>

    /// Nil where there is nothing to do.
    init?(
        _ shape: AttentionShape, _ input: UnsafeBufferPointer<Float>,
        _ bias: AttentionBias<UnsafeBufferPointer<Float>>
    ) {
        guard let base = input.baseAddress, shape.rowCount > 0 else { return nil }
        self.shape = shape
        self.input = base
        self.bias = bias
        stride = input.count / shape.rowCount
        scoreScale = Float(shape.scoreScale)
        if case .pointwise(let scale) = shape.weighting {
            weightScale = Float(scale)
        } else {
            weightScale = 1
        }
    }

    func forEachBlock(
        buffers count: Int, _ body: (Block, [UnsafeMutablePointer<Float>]) -> Void
    ) {
        let size = Self.blockRows * shape.longest
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * size) { memory in
            guard let base = memory.baseAddress else { return }
            let buffers = (0..<count).map { base + $0 * size }
            for head in 0..<shape.headCount {
                for (start, end) in zip(shape.offsets, shape.offsets.dropFirst()) {
                    for first in Swift.stride(from: start, to: end, by: Self.blockRows) {
                        let count = min(Self.blockRows, end - first)
                        body(Block(head: head, start: start, first: first, count: count), buffers)
                    }
                }
            }
        }
    }

    func outputPlace(_ block: Block) -> Int {
        block.first * shape.width + block.head * shape.headSize
    }

    func place(_ part: Part, _ row: Int, _ block: Block) -> Int {
        row * stride + part.rawValue * shape.width + block.head * shape.headSize
    }

    func queries(_ block: Block) -> StridedMatrix {
        StridedMatrix(input + place(.query, block.first, block), stride: stride)
    }

    func keys(_ block: Block) -> StridedMatrix {
        StridedMatrix(input + place(.key, block.start, block), stride: stride)
    }

    func values(_ block: Block) -> StridedMatrix {
        StridedMatrix(input + place(.value, block.start, block), stride: stride)
    }

    /// Leaves in `scores` what the derivative needs, the softmax or the scores, and in `dropped`
    /// the weights after dropout; keys that a row doesn't see have weight 0.
    func computeWeights(
        _ block: Block, scores: UnsafeMutablePointer<Float>,
        dropped: UnsafeMutablePointer<Float>
    ) {
        OpenBLAS.multiply(
            block.count, block.keyCount, shape.headSize, alpha: 1, queries(block),
            keys(block).transposed, beta: 0, into: scores, stride: block.keyCount)
        for place in 0..<block.count {
            let row = scores + place * block.keyCount
            let out = dropped + place * block.keyCount
            let visible = block.visible(at: place)
            addBias(to: row, block, place)
            if shape.weighting == .softmax {
                _ = kernel_softmax(visible, row)
                applyDropout(block, place, row, into: out)
            } else {
                kernel_silu(visible, row, out)
                applyDropout(block, place, out, into: out)
            }
            (out + visible).update(repeating: 0, count: block.keyCount - visible)
        }
    }

    /// From the derivative by the weights to that by the scores; `dWeights` is used up.
    func computeScoreGradient(
        _ block: Block, scores: UnsafeMutablePointer<Float>,
        dWeights: UnsafeMutablePointer<Float>, dScores: UnsafeMutablePointer<Float>
    ) {
        for place in 0..<block.count {
            let start = place * block.keyCount
            let visible = block.visible(at: place)
            applyDropout(block, place, dWeights + start, into: dWeights + start)
            if shape.weighting == .softmax {
                kernel_softmax_gradient(
                    visible, scores + start, dWeights + start, dScores + start)
                (dScores + start + visible).update(
                    repeating: 0, count: block.keyCount - visible)
            } else {
                (dScores + start).update(repeating: 0, count: block.keyCount)
                kernel_silu_gradient(visible, scores + start, dWeights + start, dScores + start)
            }
        }
    }

    func addBiasGradient(
        _ block: Block, dScores: UnsafeMutablePointer<Float>,
        positions: UnsafeMutableBufferPointer<Float>?, gaps: inout GapGradient
    ) {
        for place in 0..<block.count {
            let row = dScores + place * block.keyCount
            let visible = block.visible(at: place)
            if let positions, let base = positions.baseAddress {
                kernel_axpy(visible, 1, row, base + positionPlace(positions.count, block, place))
            }
            if let times = shape.times {
                gaps.add(
                    UnsafeBufferPointer(start: row, count: visible), head: block.head,
                    request: times.requests[block.first + place], events: times.events,
                    from: block.start)
            }
        }
    }

    /// Where the bias of a row's first key stands; that of the row itself is its head's last.
    private func positionPlace(_ count: Int, _ block: Block, _ place: Int) -> Int {
        (block.head + 1) * (count / shape.headCount) - block.visible(at: place)
    }

    private func addBias(to row: UnsafeMutablePointer<Float>, _ block: Block, _ place: Int) {
        let positions = bias.positions.flatMap { table in
            table.baseAddress.map { $0 + positionPlace(table.count, block, place) }
        }
        let visible = block.visible(at: place)
        guard let gaps = bias.gaps?.baseAddress, let times = shape.times else {
            kernel_attention_scores(visible, scoreScale, positions, nil, 0, nil, row)
            return
        }
        times.events.withUnsafeBufferPointer { events in
            kernel_attention_scores(
                visible, scoreScale, positions, gaps + block.head * TimeGap.bucketCount,
                times.requests[block.first + place], events.baseAddress.map { $0 + block.start },
                row)
        }
    }

    private func applyDropout(
        _ block: Block, _ place: Int, _ row: UnsafeMutablePointer<Float>,
        into out: UnsafeMutablePointer<Float>
    ) {
        let visible = block.visible(at: place)
        guard let mask = shape.dropout else {
            if out != row { out.update(from: row, count: visible) }
            return
        }
        let number = shape.weightNumber(head: block.head, row: block.first + place)
        kernel_dropout(
            visible, UInt32(truncatingIfNeeded: number), mask.key, mask.threshold,
            Float(mask.scale), row, out)
    }
}
