import Events
import Support
import Testing

@testable import Evaluation

@Suite struct NewItemsTests {
    /// 36 users, three each of whom train, validate and test for every twelve ids; 40 items.
    private let dataset: RatingsDataset = {
        var random = RandomSource(seed: 5)
        let ratings: [RatingsDataset.Rating] = (0..<36).flatMap { user in
            (0..<40).shuffled(using: &random).prefix(30).enumerated().map { place, item in
                (user, item, 3.0, Timestamp(milliseconds: Int64(place)))
            }
        }
        return RatingsDataset(ratings: ratings)
    }()

    private func items(_ cases: [EvaluationCase]) -> Set<ItemIndex> {
        Set(cases.flatMap(\.targets))
    }

    @Test func noEventOfANewItemIsTrainedOnOrRead() {
        let split = NewItems(dataset)
        let new = items(split.validation).union(items(split.test))
        #expect(new.count == 8)
        #expect(items(split.validation).isDisjoint(with: items(split.test)))
        let trained = Set(split.train.joined().map(\.item))
        #expect(trained.count == 32 && trained.isDisjoint(with: new))
        for one in split.validation + split.test {
            #expect(new.isDisjoint(with: one.input.map(\.item)))
        }
    }

    @Test func usersAreHeldOutAsInProtocolH() {
        let split = NewItems(dataset)
        #expect(split.train.count == 30 && split.trainAttributes.count == 30)
        let users = dataset.users.filter { $0.id % 12 == 0 }
        let new = items(split.test)
        let events = users.flatMap(\.interactions).filter { new.contains($0.item) }
        // None of these begins with a new item: nothing would be known of the user then.
        #expect(users.allSatisfy { !new.contains($0.interactions[0].item) })
        #expect(split.test.count == events.count)
    }

    /// The request comes at the time of the event, with what was known and done before it.
    @Test func aCaseIsTheMomentOfItsEvent() throws {
        let split = NewItems(dataset)
        let user = dataset.users[0].interactions
        let new = items(split.test)
        let places = user.indices.filter { new.contains(user[$0].item) }
        for (one, place) in zip(split.test, places) {
            #expect(one.targets == [user[place].item])
            #expect(one.now == user[place].time)
            let trained = Set(split.train.joined().map(\.item))
            #expect(one.input == user[..<place].filter { trained.contains($0.item) })
            let used = Set(user[..<place].map(\.item))
            #expect(one.candidates == new.subtracting(used).sorted())
        }
        #expect(places.count > 1)
    }

    @Test func popularityIsThatOfAllEvents() {
        let split = NewItems(dataset)
        #expect(split.popularity.reduce(0, +) == Float(dataset.count))
        #expect(items(split.test).allSatisfy { split.popularity[$0.row] > 0 })
    }

    @Test func theSeedChoosesTheItems() {
        let first = NewItems(dataset, seed: 1)
        #expect(items(first.test) == items(NewItems(dataset, seed: 1).test))
        #expect(items(first.test) != items(NewItems(dataset, seed: 2).test))
    }

    /// Of three candidates the target is second, though others of the catalogue score more.
    @Test func onlyCandidatesAreRanked() throws {
        let one = EvaluationCase(
            input: [], targets: [ItemIndex(2)], now: Timestamp(milliseconds: 0),
            candidates: [0, 2, 3].map { ItemIndex($0) })
        let whole = EvaluationCase(
            input: [], targets: [ItemIndex(2)], now: Timestamp(milliseconds: 0))
        let evaluator = Evaluator(metrics: [MetricKey(.mrr, at: 5)], itemCount: 5)
        let result = try evaluator.evaluate([one, whole, one]) { batch in
            batch.flatMap { _ in [9, 8, 5, 1, 7] as [Float] }
        }
        #expect(result.values(of: MetricKey(.mrr, at: 5)) == [0.5, 0.25, 0.5])
    }
}
