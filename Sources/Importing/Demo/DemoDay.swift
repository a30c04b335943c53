import Events
import Foundation
import Support

/// One day in the made-up shop: who comes, and what they look at.
struct DemoDay {
    private let day: Int
    private let start: Timestamp
    private let items: [DemoItem]
    private let users: [DemoUser]
    private let visitors: WeightedChoice
    /// For each taste the items on sale, by demand.
    private let shelves: [WeightedChoice]
    private let seasons: [Double]

    /// - Parameter start: Of the log, not of the day.
    init(day: Int, days: Int, start: Timestamp, items: [DemoItem], users: [DemoUser]) {
        let now = Double(day)
        self.day = day
        self.start = start + .seconds(day * DemoTime.secondsPerDay)
        self.items = items
        self.users = users
        visitors = WeightedChoice(
            users.map { $0.joinDay <= now || $0.number == 0 ? $0.activity : 0 })
        let tastes = DemoVocabulary.tastes.indices
        shelves = tastes.map { taste in
            WeightedChoice(items.map { $0.tastes.contains(taste) ? $0.demand(at: now) : 0 })
        }
        // Each taste has its time of the log.
        seasons = tastes.map { taste in
            1 + 0.8 * sin(2 * .pi * (now / Double(days) + Double(taste) / Double(tastes.count)))
        }
    }

    /// Visits until there are as many events as asked for, in order of time.
    func events(count: Int, random: inout RandomSource) -> [Event] {
        var events: [Event] = []
        var visit = 0
        while events.count < count {
            visit += 1
            let session = "s-\(day + 1)-\(visit)"
            let made = self.visit(session: session, random: &random)
            events.append(contentsOf: made.prefix(count - events.count))
        }
        return events.sorted { ($0.time ?? start) < ($1.time ?? start) }
    }

    private func visit(session: String, random: inout RandomSource) -> [Event] {
        let user = users[visitors.pick(&random) ?? 0]
        let weights = user.tasteWeights(at: Double(day))
        let choice = WeightedChoice(weights.map { $0.weight * seasons[$0.taste] })
        let taste = weights[choice.pick(&random) ?? 0].taste
        let interests = Set(weights.map(\.taste))
        var clock = DemoClock(secondOfDay: Self.arrival(start: start, &random))
        var events: [Event] = []
        var current: Int?
        repeat {
            let item = nextItem(after: current, taste: taste, random: &random)
            current = item
            let isLiked = !interests.isDisjoint(with: items[item].tastes)
            for (type, value) in DemoReaction.draw(isLiked: isLiked, random: &random) {
                clock.advance(&random)
                events.append(
                    Event(
                        type: type, user: user.id, item: items[item].id, value: value,
                        time: start + .milliseconds(clock.milliseconds), session: session,
                        properties: "{\"device\":\"\(user.device)\"}"))
            }
        } while random.uniform() < 0.75 && clock.hasTime
        return events
    }

    /// The next of the line, something of the visit's taste, or anything.
    private func nextItem(after current: Int?, taste: Int, random: inout RandomSource) -> Int {
        let draw = random.uniform()
        if draw < 0.3, let current, let successor = items[current].successor,
            items[successor].releaseDay <= Double(day)
        {
            return successor
        }
        let shelf = draw < 0.9 ? taste : Int(random.uniform() * Double(shelves.count))
        return shelves[shelf].pick(&random) ?? Int(random.uniform() * Double(items.count))
    }

    /// The second of the day: rarely at night, mostly in the evening (UTC).
    private static func arrival(start: Timestamp, _ random: inout RandomSource) -> Int {
        while true {
            let second = Int(random.uniform() * Double(DemoTime.secondsPerDay - 3600))
            let moment = start.milliseconds / 1000 + Int64(second)
            let hour = Double(moment % Int64(DemoTime.secondsPerDay)) / 3600
            let busyness = 0.55 + 0.45 * cos(2 * .pi * (hour - 19) / 24)
            if random.uniform() < busyness { return second }
        }
    }
}
