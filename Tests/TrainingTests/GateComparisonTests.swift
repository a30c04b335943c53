import Evaluation
import Events
import Recommenders
import Support
import TestSupport
import Testing

@testable import Training

/// Items a, b, c, d; each user has a and looks for d.
@Suite struct GateComparisonTests {
    private let gate: GateComparison

    init() {
        let time = TemporaryStore.start
        let one = EvaluationCase(
            input: [Interaction(item: ItemIndex(0), time: time)], targets: [ItemIndex(3)],
            now: time)
        gate = GateComparison(
            evaluator: Evaluator(metrics: [GateComparison.metric], itemCount: 4),
            cases: Array(repeating: one, count: 12),
            items: "abcd".map { ItemID(stored: String($0)) })
    }

    @Test func comparesWithPopularityWithoutAnIncumbent() throws {
        let measured = try gate.measure(
            TestCheckpoint.popularity([0, 1, 2, 3]), against: nil,
            popularity: TestCheckpoint.popularity([0, 3, 2, 1]), seed: 1)
        #expect(measured.incumbentVersion == nil)
        #expect(measured.metric == "ndcg@10")
        #expect(measured.candidate == 1)
        #expect(measured.incumbent == 0.5)
        #expect(measured.difference == 0.5)
        #expect(measured.lower == 0.5 && measured.upper == 0.5)
        #expect(measured.users == 12)
    }

    /// The incumbent numbers its items otherwise and doesn't know d: d ranks last.
    @Test func readsTheIncumbentOnItsOwnNumbering() throws {
        let incumbent = try TestCheckpoint.make(items: ["c", "x", "b"], counts: [1, 9, 2])
        let measured = try gate.measure(
            TestCheckpoint.popularity([0, 1, 2, 3]),
            against: Incumbent(version: 6, checkpoint: incumbent),
            popularity: TestCheckpoint.popularity([0, 1, 2, 3]), seed: 1)
        #expect(measured.incumbentVersion == 6)
        #expect(measured.incumbent == 0.5)  // b, c, d: third place
    }

    @Test func scoresUnknownItemsBelowAllOthers() throws {
        let inner = try TestCheckpoint.popularity([5, 7])
        let renumbered = RenumberedRecommender(
            inner,
            ItemRenumbering(of: gate.items, in: [ItemID(stored: "d"), ItemID(stored: "b")]))
        let history = History(
            interactions: [Interaction(item: ItemIndex(0), time: TemporaryStore.start)],
            now: TemporaryStore.start)
        let lowest = -Float.greatestFiniteMagnitude
        #expect(
            renumbered.scores(for: [history, history]) == [
                lowest, 7, lowest, 5, lowest, 7, lowest, 5,
            ])
    }

    @Test func saysNothingWithoutUsers() throws {
        let empty = GateComparison(evaluator: gate.evaluator, cases: [], items: gate.items)
        let measured = try empty.measure(
            TestCheckpoint.popularity([0, 1, 2, 3]), against: nil,
            popularity: TestCheckpoint.popularity([0, 1, 2, 3]), seed: 1)
        #expect(measured.users == 0)
        #expect(measured.difference == 0)
    }
}
