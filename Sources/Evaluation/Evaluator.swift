import Dispatch
import Support
import Synchronization

/// Measures a model, given as a function from histories to scores, on held-out events.
///
/// The rules: the whole catalogue is ranked, or the candidates that a case names, without the items
/// of the input history; a tie counts against the model; a score that is not finite is an error.
/// Targets that are in the input, or that are named twice, are dropped, and a user without any
/// target left is not measured. The result doesn't depend on the number of workers or the batch
/// size.
package struct Evaluator: Sendable {
    private let metrics: [MetricKey]
    private let itemCount: Int
    private let batchSize: Int
    private let workers: Int
    private let recallDenominator: RecallDenominator
    private let catalogue: CatalogueProfile?

    /// - Parameters:
    ///   - batchSize: How many users a call of the model gets, at most.
    ///   - workers: How many threads call the model at once.
    ///   - catalogue: What popularity, novelty, diversity and the classes of targets are measured
    ///     by; without it these are not to be had.
    package init(
        metrics: [MetricKey], itemCount: Int, batchSize: Int = 128, workers: Int = 1,
        recallDenominator: RecallDenominator = .reachable, catalogue: CatalogueProfile? = nil
    ) {
        precondition(batchSize > 0 && workers > 0, "batches of \(batchSize), \(workers) workers")
        self.metrics = metrics
        self.itemCount = itemCount
        self.batchSize = batchSize
        self.workers = workers
        self.recallDenominator = recallDenominator
        self.catalogue = catalogue
    }

    /// - Parameters:
    ///   - onProgress: Called after each batch with how many cases are measured, and of how many; on
    ///     several threads at once.
    ///   - scores: The scores of all items for each case of a batch, `[batch, itemCount]`,
    ///     row-major. Called on several threads at once.
    /// - Throws: What `scores` throws, and `EvaluationError`; of several failures the first in the
    ///   order of the cases.
    package func evaluate(
        _ cases: [EvaluationCase],
        onProgress: @Sendable (_ measured: Int, _ of: Int) -> Void = { _, _ in },
        scores: @Sendable ([EvaluationCase]) throws -> [Float]
    ) throws -> EvaluationResult {
        let measurable = cases.indices.filter { hasTarget(cases[$0]) }
        let batches = stride(from: 0, to: measurable.count, by: batchSize).map { start in
            measurable[start..<min(start + batchSize, measurable.count)].map { cases[$0] }
        }
        let done = Atomic(0)
        let measured = try inParallel(batches.count) {
            let part = try measure(batches[$0], scores: scores)
            onProgress(done.add(part.count, ordering: .relaxed).newValue, measurable.count)
            return part
        }
        return EvaluationResult(
            metrics: metrics, itemCount: itemCount, catalogue: catalogue, cases: measurable,
            users: measurable.map { cases[$0].user ?? $0 }, measured: measured.flatMap(\.self))
    }

    private func hasTarget(_ evaluationCase: EvaluationCase) -> Bool {
        let input = Set(evaluationCase.input.map(\.item))
        return evaluationCase.targets.contains { !input.contains($0) }
    }

    private func measure(
        _ batch: [EvaluationCase], scores: ([EvaluationCase]) throws -> [Float]
    ) throws -> [MeasuredCase] {
        let batchScores = try scores(batch)
        precondition(
            batchScores.count == batch.count * itemCount,
            "\(batchScores.count) scores for \(batch.count) users and \(itemCount) items")
        var roles = [ItemRole](repeating: .candidate, count: itemCount)
        return try batch.enumerated().map { row, evaluationCase in
            evaluationCase.setRoles(in: &roles)
            defer { evaluationCase.clearRoles(in: &roles) }
            return try measure(
                evaluationCase, scores: batchScores[row * itemCount..<(row + 1) * itemCount],
                roles: &roles)
        }
    }

    private func measure(
        _ evaluationCase: EvaluationCase, scores: ArraySlice<Float>, roles: inout [ItemRole]
    ) throws -> MeasuredCase {
        let values = try values(scores: scores, roles: roles)
        let listLength = metrics.filter { !$0.isPerUser }.map(\.k).max()
        let topList = listLength.map { TopList.select($0, from: scores, roles: roles) }
        return MeasuredCase(
            values: values,
            valuesByPopularity: try valuesByPopularity(
                of: evaluationCase.targets, all: values, scores: scores, roles: &roles),
            topList: topList, historyLength: evaluationCase.historyLength)
    }

    private func values(scores: ArraySlice<Float>, roles: [ItemRole]) throws -> [Double] {
        let depth = metrics.map(\.k).max() ?? 1
        let ranks = try TargetRanks(scores: scores, roles: roles, depth: depth)
        return metrics.filter(\.isPerUser).map { ranks.value(of: $0, recall: recallDenominator) }
    }

    /// The values with the targets of one class alone, for each class that there is: the others are
    /// left out of the ranking meanwhile.
    private func valuesByPopularity(
        of targets: [ItemIndex], all values: [Double], scores: ArraySlice<Float>,
        roles: inout [ItemRole]
    ) throws -> [ItemPopularity: [Double]] {
        guard let catalogue else { return [:] }
        let targets = targets.filter { roles[$0.row] == .target }
        let classes = Set(targets.map { catalogue.popularity[$0.row] })
        if classes.count == 1 { return [classes.first ?? .tail: values] }
        var result: [ItemPopularity: [Double]] = [:]
        for one in classes {
            let others = targets.filter { catalogue.popularity[$0.row] != one }
            for item in others { roles[item.row] = .input }
            result[one] = try self.values(scores: scores, roles: roles)
            for item in others { roles[item.row] = .target }
        }
        return result
    }

    /// The results of `body` for 0..<count, in order. Workers take the next number until there are
    /// none or one of them has failed; each number below a failed one has been taken by then, so
    /// the first failure is always the same.
    private func inParallel<Result: Sendable>(
        _ count: Int, _ body: @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        let next = Atomic(0)
        let hasFailed = Atomic(false)
        let slots = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: min(workers, max(1, count))) { _ in
            while !hasFailed.load(ordering: .relaxed) {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let result = Swift.Result { try body(index) }
                if case .failure = result { hasFailed.store(true, ordering: .relaxed) }
                slots.withLock { $0[index] = result }
            }
        }
        return try slots.withLock { $0 }.compactMap { try $0?.get() }
    }
}
