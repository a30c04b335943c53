import Events
import Support
import Testing

@testable import Training

@Suite struct CohortsTests {
    private func user(_ key: Int, place: Double, likes: Int, dislikes: Int = 0) -> TrainingLog.User
    {
        let strengths =
            Array(repeating: Float(1), count: likes) + Array(repeating: -1, count: dislikes)
        return TrainingLog.User(
            key: UserKey(Int64(key)), place: place,
            interactions: strengths.enumerated().map { index, strength in
                Interaction(
                    item: ItemIndex(index), strength: strength,
                    time: Timestamp(milliseconds: Int64(key * 1000 + index)))
            })
    }

    private func log(_ users: [TrainingLog.User]) -> TrainingLog {
        TrainingLog(
            users: users, items: (0..<20).map { ItemID(stored: "i\($0)") },
            watermark: EventSequence(1))
    }

    /// By which user a history, or a held-out case, is.
    private func owner(_ time: Timestamp) -> Int { Int(time.milliseconds / 1000) }

    @Test func sinksTheGatesBoundAsTheLogGrows() {
        var last = 1.0
        for users in 0...300_000 {
            let bound = Cohorts.gateBound(users: users)
            #expect(bound <= last)
            last = bound
        }
        #expect(Cohorts.gateBound(users: 10) == 0.25)
        #expect(Cohorts.gateBound(users: 1000) == 0.05)
        #expect(Cohorts.gateBound(users: 1_000_000) == 0.005)
    }

    /// Whoever is measured on now was never trained on, by no version of any smaller log, not even
    /// when he had done too little to be measured on.
    @Test(arguments: [1, 6])
    func keepsWhoIsMeasuredOnOutOfTrainingAtEverySmallerSize(earlierLikes: Int) {
        var random = RandomSource(seed: 4)
        let places = (0..<400).map { _ in random.uniform() }
        func users(_ likes: Int) -> [TrainingLog.User] {
            places.enumerated().map { user($0, place: $1, likes: likes) }
        }
        var trainedOn: Set<Int> = []
        for count in [1, 10, 50, 81, 120, 200, 399, 400] {
            for likes in [earlierLikes, 6] {
                let cohorts = Cohorts(log(Array(users(likes).prefix(count))))
                let measured = Set((cohorts.gate + cohorts.validation).map { owner($0.now) })
                #expect(measured.isDisjoint(with: trainedOn))
                trainedOn.formUnion(cohorts.training.histories.map { owner($0[0].time) })
                #expect(measured.isDisjoint(with: trainedOn))
            }
        }
        #expect(trainedOn.count > 200)
    }

    @Test func givesEveryUserOneRole() {
        var random = RandomSource(seed: 5)
        let users = (0..<600).map { user($0, place: random.uniform(), likes: 5 + $0 % 3) }
        let cohorts = Cohorts(log(users))
        let training = Set(cohorts.training.histories.map { owner($0[0].time) })
        let validation = Set(cohorts.validation.map { owner($0.now) })
        let gate = Set(cohorts.gate.map { owner($0.now) })
        #expect(training.isDisjoint(with: validation))
        #expect(training.isDisjoint(with: gate))
        #expect(validation.isDisjoint(with: gate))
        #expect(training.count + validation.count + gate.count == 600)
        #expect(!gate.isEmpty && !validation.isEmpty)
    }

    @Test func measuresOnlyOnUsersWithEnoughLikes() {
        let cohorts = Cohorts(
            log([
                user(1, place: 0, likes: 5), user(2, place: 0, likes: 4, dislikes: 9),
                user(3, place: 0.99, likes: 5), user(4, place: 0.99, likes: 4),
            ]))
        #expect(cohorts.gate.map { owner($0.now) } == [1])
        #expect(cohorts.validation.map { owner($0.now) } == [3])
        // Nobody of either is trained on, not even who says too little to be measured.
        #expect(cohorts.training.histories.isEmpty)
    }

    @Test func neitherTrainsNorMeasuresOnBots() {
        var users = [user(1, place: 0, likes: 6), user(2, place: 0.5, likes: 6)]
        #expect(Cohorts(log(users)).gate.count == 1)
        for index in users.indices { users[index].isPerson = false }
        let cohorts = Cohorts(log(users))
        #expect(cohorts.training.histories.isEmpty && cohorts.gate.isEmpty)
    }

    /// The gate measures by what answers would read, whatever the preprocessing left of it.
    @Test func preprocessesOnlyWhoTrains() {
        var users = [user(1, place: 0, likes: 6), user(2, place: 0.5, likes: 6)]
        for index in users.indices { users[index].trained.removeFirst(3) }
        let cohorts = Cohorts(log(users))
        #expect(cohorts.training.histories.map(\.count) == [3])
        #expect(cohorts.gate.map { $0.input.count + $0.targets.count } == [6])
    }

    @Test func handsAttributesOn() {
        var users = [
            user(1, place: 0, likes: 6), user(2, place: 0.5, likes: 6),
            user(3, place: 0.6, likes: 6),
        ]
        #expect(Cohorts(log(users)).training.userAttributes.isEmpty)
        users[0].attributes = UserAttributes(["age": .integer(1)])
        users[2].attributes = UserAttributes(["age": .integer(3)])
        let cohorts = Cohorts(log(users))
        #expect(cohorts.gate.map(\.attributes) == [users[0].attributes])
        #expect(cohorts.gate[0].history.attributes == users[0].attributes)
        #expect(cohorts.training.userAttributes == [.none, users[2].attributes])
    }

    @Test func trainsOnNobodyWithoutALike() {
        let cohorts = Cohorts(log([user(1, place: 0.5, likes: 0, dislikes: 3)]))
        #expect(cohorts.training.histories.isEmpty)
        #expect(cohorts.training.itemCount == 20)
    }
}
