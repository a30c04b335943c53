import Foundation
import Support
import Testing

extension EndToEnd {
    /// Acknowledged means durable: `kill -9` in the middle of a stream of events.
    @Suite struct KilledServiceTests {
        private static let rounds = 20
        private static let clients = 4

        @Test(.timeLimit(.minutes(10)))
        func everyAcknowledgedEventIsThereExactlyOnceAfterTwentyKills() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                var random = RandomSource(seed: 4)
                var posts: [Post] = []
                for round in 0..<Self.rounds {
                    let acknowledged = 10 + Int(random.uniform() * 80)
                    posts += try await Self.postUntilKilled(
                        folder.database, round: round, afterAcknowledged: acknowledged)
                }
                #expect(posts.filter { !$0.isAcknowledged }.count >= Self.rounds)
                for form in Post.Form.allCases {
                    #expect(posts.contains { $0.form == form && $0.isAcknowledged })
                }

                let service = try RunningStarling(folder.database)
                let stored = try Self.check(posts, on: service)
                try Self.repost(posts, stored: stored, on: service)
                try Self.repost(posts, stored: Set(posts.flatMap(\.ids)), on: service)
                let stats = try service.json("GET", "/v1/admin/stats")
                #expect(stats["events"]?.integer == posts.reduce(0) { $0 + $1.ids.count })
            }
        }

        /// Several connections post without a pause until the service is killed among them.
        private static func postUntilKilled(
            _ database: String, round: Int, afterAcknowledged wanted: Int
        ) async throws -> [Post] {
            let service = try RunningStarling(database)
            let posts = Collected<Post>()
            let acknowledged = Collected<Bool>()
            try await concurrently(clients + 1) { client in
                if client == clients {
                    try wait(until: "\(wanted) posts are acknowledged") {
                        acknowledged.count >= wanted
                    }
                    service.kill()
                    return
                }
                let connection = try HTTPConnection(port: service.port)
                for number in 0... {
                    var post = Post(user: "u\(round)-\(client)", number: number)
                    do {
                        try post.send(on: connection)
                        acknowledged.append(true)
                    } catch is HTTPConnection.BrokenOff {
                        posts.append(post)
                        return
                    }
                    posts.append(post)
                }
            }
            return posts.all
        }

        /// - Returns: The ids that are stored, each exactly once.
        @discardableResult
        private static func check(
            _ posts: [Post], on service: RunningStarling
        ) throws -> Set<String> {
            var stored: Set<String> = []
            for user in Set(posts.map(\.user)) {
                for event in try service.events(of: user, page: 37) {
                    let id = try #require(event["id"]?.string)
                    #expect(stored.insert(id).inserted, "\(id) is there twice")
                }
            }
            for post in posts {
                let there = post.ids.filter(stored.contains)
                if post.isAcknowledged {
                    #expect(there == post.ids, "acknowledged, and not all there")
                } else {
                    // One transaction each: all of it or nothing.
                    #expect(there.isEmpty || there == post.ids, "a part of \(post.form)")
                }
            }
            #expect(stored.isSubset(of: posts.flatMap(\.ids)), "an event that nobody posted")
            return stored
        }

        /// Posts everything again: what is stored is a duplicate, the rest is new.
        private static func repost(
            _ posts: [Post], stored: Set<String>, on service: RunningStarling
        ) throws {
            let connection = try HTTPConnection(port: service.port)
            for post in posts {
                let answer = try connection.send(
                    "POST", "/v1/events", post.body, fields: post.fields
                ).json
                let duplicates = post.ids.filter(stored.contains).count
                #expect(answer["duplicates"]?.integer == duplicates)
                #expect(answer["accepted"]?.integer == post.ids.count - duplicates)
                #expect(answer["rejectedCount"]?.integer == 0)
            }
            let all = try check(posts, on: service)
            #expect(all == Set(posts.flatMap(\.ids)))
        }
    }
}

/// One request with events, and whether it was answered.
private struct Post: Sendable {
    enum Form: CaseIterable {
        case single, array, object, lines
    }

    let user: String
    let form: Form
    let ids: [String]
    private(set) var isAcknowledged = false

    init(user: String, number: Int) {
        self.user = user
        form = Form.allCases[number % Form.allCases.count]
        let count = form == .single ? 1 : 2 + number % 20
        ids = (0..<count).map { "\(user)-\(number)-\($0)" }
    }

    var body: [UInt8] {
        let events = ids.enumerated().map { index, id in
            #"{"id":"\#(id)","type":"view","user":"\#(user)","item":"i\#(index)","#
                + #""time":1700000000000}"#
        }
        let text =
            switch form {
            case .single: events[0]
            case .array: "[\(events.joined(separator: ","))]"
            case .object: #"{"events":[\#(events.joined(separator: ","))]}"#
            case .lines: events.joined(separator: "\n")
            }
        return Array(text.utf8)
    }

    var fields: [String: String] {
        form == .lines ? RunningStarling.ndjson : [:]
    }

    /// - Throws: `HTTPConnection.BrokenOff` where the service is gone before it has answered.
    mutating func send(on connection: HTTPConnection) throws {
        let answer = try connection.send("POST", "/v1/events", body, fields: fields)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(try answer.json["accepted"]?.integer == ids.count)
        isAcknowledged = true
    }
}
