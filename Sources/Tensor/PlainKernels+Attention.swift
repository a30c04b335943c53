extension PlainKernels {
    /// Causal attention over packed sequences.
    ///
    ///     s[i, j] = q[i] · k[j] / √headSize + positions[i − j] + gaps[request i − event j],  j ≤ i
    ///     output[i] = Σ_j dropout(weight(s[i, j])) v[j]
    ///
    /// - Parameters:
    ///   - input: `[rows × stride]`; queries, keys and values side by side, `width` each, and
    ///     perhaps more columns that are not read.
    ///   - output: `[rows × width]`
    package static func attention(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, into output: Output
    ) {
        output.update(repeating: 0)
        forEachRow(of: shape, input, bias) { row in
            for (j, weight) in zip(row.keys, row.droppedWeights) {
                for column in row.columns {
                    output[row.index * shape.width + column] +=
                        weight * input[j * row.stride + 2 * shape.width + column]
                }
            }
        }
    }

    /// Adds the derivatives of `attention` by its input and biases.
    package static func addAttentionGradient(
        _ shape: AttentionShape, _ input: Input, bias: AttentionBias<Input>, dOutput: Input,
        into dInput: Output, dBias: AttentionBias<Output>
    ) {
        let width = shape.width
        forEachRow(of: shape, input, bias) { row in
            let dOut = { (column: Int) in dOutput[row.index * width + column] }
            let droppedWeights = row.droppedWeights
            var dWeights = [Scalar](repeating: 0, count: row.keys.count)
            for (place, j) in row.keys.enumerated() {
                for column in row.columns {
                    let value = j * row.stride + 2 * width + column
                    dWeights[place] += dOut(column) * input[value] * row.factors[place]
                    dInput[value] += droppedWeights[place] * dOut(column)
                }
            }
            let dScores = row.scoreGradient(dWeights, shape.weighting)
            for (place, j) in row.keys.enumerated() {
                let scaled = dScores[place] * Scalar(shape.scoreScale)
                for column in row.columns {
                    let (q, k) = (row.index * row.stride + column, j * row.stride + width + column)
                    dInput[q] += scaled * input[k]
                    dInput[k] += scaled * input[q]
                }
                if let dPositions = dBias.positions {
                    dPositions[row.positionIndex(j, in: dPositions.count, shape)] += dScores[place]
                }
                if let dGaps = dBias.gaps, let times = shape.times {
                    dGaps[row.gapIndex(j, times)] += dScores[place]
                }
            }
        }
    }

    /// One row of one head: its weights on the keys, before and after dropout.
    private struct Row {
        var index: Int
        var head: Int
        var stride: Int
        var columns: Range<Int>
        var keys: Range<Int>
        var scores: [Scalar]
        var weights: [Scalar]
        /// What dropout multiplies each weight with.
        var factors: [Scalar]

        var droppedWeights: [Scalar] { zip(weights, factors).map { $0 * $1 } }

        func positionIndex(_ key: Int, in count: Int, _ shape: AttentionShape) -> Int {
            (head + 1) * (count / shape.headCount) - 1 - (index - key)
        }

        func gapIndex(_ key: Int, _ times: AttentionShape.Times) -> Int {
            head * TimeGap.bucketCount
                + TimeGap.bucket(from: times.events[key], to: times.requests[index])
        }

        func scoreGradient(
            _ dWeights: [Scalar], _ weighting: AttentionShape.Weighting
        ) -> [Scalar] {
            switch weighting {
            case .softmax:
                let mean = zip(weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
                return zip(weights, dWeights).map { $0 * ($1 - mean) }
            case .pointwise(let scale):
                return zip(scores, dWeights).map { siluDerivative($0) * Scalar(scale) * $1 }
            }
        }
    }

    private static func forEachRow(
        of shape: AttentionShape, _ input: Input, _ bias: AttentionBias<Input>,
        _ body: (Row) -> Void
    ) {
        for head in 0..<shape.headCount {
            for (start, end) in zip(shape.offsets, shape.offsets.dropFirst()) {
                for index in start..<end {
                    body(row(index, head: head, start: start, shape, input, bias))
                }
            }
        }
    }

    private static func row(
        _ index: Int, head: Int, start: Int, _ shape: AttentionShape, _ input: Input,
        _ bias: AttentionBias<Input>
    ) -> Row {
        let keys = start..<index + 1
        let columns = head * shape.headSize..<(head + 1) * shape.headSize
        let stride = input.count / shape.rowCount
        var row = Row(
            index: index, head: head, stride: stride, columns: columns, keys: keys, scores: [],
            weights: [], factors: [])
        row.scores = keys.map { key in
            var score: Scalar = 0
            for c in columns {
                score += input[index * stride + c] * input[key * stride + shape.width + c]
            }
            score *= Scalar(shape.scoreScale)
            if let positions = bias.positions {
                score += positions[row.positionIndex(key, in: positions.count, shape)]
            }
            if let gaps = bias.gaps, let times = shape.times {
                score += gaps[row.gapIndex(key, times)]
            }
            return score
        }
        row.weights = weights(of: row.scores, shape.weighting)
        let number = shape.weightNumber(head: head, row: index)
        row.factors = keys.indices.map { place in
            Scalar(shape.dropout?.factor(number + place - start) ?? 1)
        }
        return row
    }

    private static func weights(
        of scores: [Scalar], _ weighting: AttentionShape.Weighting
    ) -> [Scalar] {
        switch weighting {
        case .softmax:
            var weights = scores
            _ = weights.withUnsafeMutableBufferPointer { softmax($0) }
            return weights
        case .pointwise(let scale):
            return scores.map { $0 / (1 + Scalar.exp(-$0)) * Scalar(scale) }
        }
    }
}
