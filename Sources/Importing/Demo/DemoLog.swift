import Events
import Support

/// A made-up shop with its catalogue, its customers and months of what they did: for a first look,
/// and for tests that need data with a known truth.
///
/// What is in it, for a model to find: each user has one to three tastes, and some change them; few
/// items are popular and many are not; items come out over time and are in demand at first; tastes
/// have seasons; after an item, users often go on to the next of its line. The same options give
/// the same log.
package struct DemoLog: Sendable {
    package struct Options: Sendable {
        package var users: Int
        package var items: Int
        package var events: Int
        package var days: Int
        /// The log ends before this moment.
        package var end: Timestamp
        package var seed: UInt64

        /// - Precondition: all sizes are positive.
        package init(
            users: Int = 2_000, items: Int = 800, events: Int = 60_000, days: Int = 90,
            end: Timestamp, seed: UInt64 = 1
        ) {
            precondition(
                users > 0 && items > 0 && events > 0 && days > 0,
                "\(users) users, \(items) items, \(events) events, \(days) days")
            self.users = users
            self.items = items
            self.events = events
            self.days = days
            self.end = end
            self.seed = seed
        }
    }

    package let items: [ImportedItem]
    package let users: [ImportedUser]
    /// Oldest first; each has an id made from its content.
    package let events: [Event]

    package init(_ options: Options) throws {
        var catalogueRandom = RandomSource(seed: options.seed, stream: 1)
        let catalogue = DemoItem.catalogue(
            count: options.items, days: options.days, random: &catalogueRandom)
        var populationRandom = RandomSource(seed: options.seed, stream: 2)
        let population = DemoUser.population(
            count: options.users, days: options.days, random: &populationRandom)

        let start = options.end + .seconds(-options.days * DemoTime.secondsPerDay)
        items = try catalogue.map { try $0.imported(start: start) }
        users = try population.map { try $0.imported() }
        events = Self.events(options, start: start, items: catalogue, users: population)
    }

    private static func events(
        _ options: Options, start: Timestamp, items: [DemoItem], users: [DemoUser]
    ) -> [Event] {
        var random = RandomSource(seed: options.seed, stream: 3)
        var identity = ContentIdentity()
        var events: [Event] = []
        for day in 0..<options.days {
            // As much on each day, and exactly the number asked for in the end.
            let quota = options.events * (day + 1) / options.days - events.count
            let shopDay = DemoDay(
                day: day, days: options.days, start: start, items: items, users: users)
            for var event in shopDay.events(count: quota, random: &random) {
                event.id = identity.id(for: event)
                events.append(event)
            }
        }
        return events
    }
}

enum DemoTime {
    static let secondsPerDay = 86_400
}
