import Events
import Foundation
import Recommenders
import Support
import Testing

extension EndToEnd {
    /// A swap of the model under load: every answer is wholly of the version that it names.
    @Suite struct ModelSwapTests {
        private static let swaps = 10
        private static let clients = 4
        /// How many more answers the clients get before the next swap.
        private static let answersBetweenSwaps = 50
        private static let users = 25

        /// What a client got, and for whom.
        private struct Observation: Sendable {
            var user: String
            var answer: HTTPAnswer
        }

        @Test(.timeLimit(.minutes(10)))
        func everyAnswerDuringTenSwapsIsRecomputedFromTheVersionThatItNames() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                let log = TasteLog("reader", users: Self.users, seed: 3)
                try service.post(log.lines)
                // Other events and more items for the second: its rows mean other items.
                for (version, items) in [(1, 20), (2, 25)] {
                    let name = "writer\(version)"
                    try service.post(TasteLog(name, items: items, seed: UInt64(version)).lines)
                    let id = try service.retrain(mode: "full", force: true)
                    let job = try service.waitForEnd(ofJob: id)
                    #expect(job["results"]?[0]?["version"]?.integer == version, "\(job)")
                }
                let versions = try (1...2).map { try VersionOracle(service, version: $0) }
                #expect(versions[0].items != versions[1].items)

                let observed = try await Self.observeSwaps(service)
                let itemsByUser = log.itemsByUser
                var named: [Int: Int] = [:]
                for observation in observed {
                    #expect(observation.answer.status == 200)
                    let answer = try observation.answer.json
                    let version = try #require(answer["model"]?["version"]?.integer)
                    let history = try #require(itemsByUser[observation.user])
                    named[version, default: 0] += 1
                    #expect(answer["user"]?.string == observation.user)
                    #expect(versions[version - 1].complaint(about: answer, history: history) == nil)
                    // The check can tell the versions apart.
                    #expect(versions[2 - version].complaint(about: answer, history: history) != nil)
                }
                #expect(observed.count >= Self.swaps * Self.answersBetweenSwaps)
                #expect(named.keys.sorted() == [1, 2])
            }
        }

        /// Asks from several connections while version 1 and 2 take turns.
        private static func observeSwaps(
            _ service: RunningStarling
        ) async throws -> [Observation] {
            let observed = Collected<Observation>()
            let finished = Collected<Bool>()
            try await concurrently(clients + 1) { number in
                if number == clients {
                    defer { finished.append(true) }
                    try swap(service, observed)
                    return
                }
                let connection = try HTTPConnection(port: service.port)
                var turn = number
                while finished.count == 0 {
                    let user = "reader-\(turn % users)"
                    let path = "/v1/users/\(user)/recommendations?k=10"
                    observed.append(
                        Observation(user: user, answer: try connection.send("GET", path)))
                    turn += 1
                }
            }
            return observed.all
        }

        private static func swap(
            _ service: RunningStarling, _ observed: Collected<Observation>
        ) throws {
            for turn in 0..<swaps {
                let version = 1 + turn % 2
                let count = observed.count + answersBetweenSwaps
                try wait(until: "\(count) answers are there") { observed.count >= count }
                let path = "/v1/admin/models/vae/activate"
                try service.json("POST", path, #"{"version":\#(version)}"#)
                // Once the swap is answered, nothing old is served any more.
                let answer = try service.recommendations(for: "reader-0")
                #expect(answer["model"]?["version"]?.integer == version)
            }
        }
    }
}

/// A version's weights as anybody can download them, to judge what the service says of them.
private struct VersionOracle {
    /// Float32 sums in another order, and a score's way through JSON.
    private static let tolerance = 1e-3

    let items: [String]
    private let recommender: any Recommender

    init(_ service: RunningStarling, version: Int) throws {
        let path = "/v1/admin/models/vae/versions/\(version)/weights"
        let checkpoint = try ModelCheckpoint(decoding: try service.send("GET", path).body)
        let family = try #require(ModelRegistry.family(named: checkpoint.family))
        recommender = try checkpoint.recommender(of: family)
        items = checkpoint.items.map(\.rawValue)
    }

    /// What isn't as this version says; nil where all is.
    func complaint(about answer: JSONValue, history: [String]) -> String? {
        let scores = scores(for: history)
        let answered = (answer["items"]?.array ?? []).map {
            (item: $0["item"]?.string ?? "", score: $0["score"]?.number ?? .nan)
        }
        guard answered.count == 10 else { return "\(answered.count) items" }
        for (item, score) in answered {
            guard !history.contains(item) else { return "\(item) was seen" }
            guard let expected = scores[item] else { return "\(item) is none of its items" }
            guard abs(score - expected) <= Self.tolerance * max(1, abs(expected)) else {
                return "\(item) has \(score) in place of \(expected)"
            }
        }
        guard zip(answered, answered.dropFirst()).allSatisfy({ $0.score >= $1.score }) else {
            return "not in order"
        }
        let shown = Set(answered.map(\.item)).union(history)
        let best = scores.filter { !shown.contains($0.key) }.map(\.value).max() ?? -.infinity
        guard let worst = answered.last?.score, worst >= best - Self.tolerance * max(1, abs(best))
        else { return "a better item is missing" }
        return nil
    }

    private func scores(for history: [String]) -> [String: Double] {
        let moment = Timestamp(milliseconds: 0)
        let rows = history.compactMap { items.firstIndex(of: $0) }
        let input = History(
            interactions: rows.map { Interaction(item: ItemIndex($0), time: moment) }, now: moment)
        return Dictionary(
            uniqueKeysWithValues: zip(items, recommender.scores(for: [input]).map(Double.init)))
    }
}
