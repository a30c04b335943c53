import Support
import Testing

extension EndToEnd {
    /// An event counts in the very next request.
    @Suite struct FirstLikesTests {
        /// No waiting and no asking again: the request after the event's answer is the one that
        /// counts.
        @Test(.timeLimit(.minutes(5)))
        func aStrangersThreeLikesMakeTheNextAnswerPersonal() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                // A rare taste's few users hardly count when the best epoch is chosen.
                try service.post(TasteLog(shares: [1, 1, 1, 1], seed: 1).lines)
                let job = try service.waitForEnd(ofJob: service.retrain())
                #expect(job["state"]?.string == "succeeded", "\(job)")
                #expect(job["results"]?[0]?["promoted"] == .bool(true), "\(job)")

                let before = try service.recommendations(for: "stranger")
                #expect(before["policy"]?.string == "fallback:popular")
                #expect(before["model"] == .null)
                #expect(before["watermark"] == .null)

                let liked = (0..<3).map { TasteLog.item($0, ofTaste: TasteLog.lastTaste) }
                let posted = try service.json("POST", "/v1/events", Self.likes(of: liked))
                let after = try service.recommendations(for: "stranger")
                #expect(after["policy"]?.string == "model")
                #expect(after["model"]?["name"]?.string == "vae")
                #expect(after["model"]?["version"]?.integer == 1)
                #expect(after["watermark"] == posted["lastSequence"])
                let items = Self.items(after)
                #expect(items.count == 10)
                #expect(Set(items).isDisjoint(with: liked))
                #expect(items != Self.items(before))
                let ofTaste = items.filter { TasteLog.isItem($0, ofTaste: TasteLog.lastTaste) }
                #expect(ofTaste.count > items.count / 2, "\(items)")
            }
        }

        /// The same for a user whose state is in memory, and for taking an event back.
        @Test(.timeLimit(.minutes(5)))
        func eachFurtherEventAndEachOneTakenBackChangesTheNextAnswer() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                try service.post(TasteLog(seed: 2).lines)
                _ = try service.waitForEnd(ofJob: service.retrain(force: true))
                var seen: [String] = []
                for step in 0..<10 {
                    let best = Self.items(try service.recommendations(for: "walker"))
                    #expect(Set(best).isDisjoint(with: seen))
                    seen.append(best[0])
                    try service.post([
                        #"{"id":"w\#(step)","type":"like","user":"walker","item":"\#(best[0])"}"#
                    ])
                    #expect(
                        !Self.items(try service.recommendations(for: "walker")).contains(best[0]))
                }
                for step in (0..<10).reversed() {
                    #expect(try service.send("DELETE", "/v1/events/w\(step)").status == 204)
                    let items = Self.items(try service.recommendations(for: "walker", k: 80))
                    #expect(items.contains(seen[step]))
                }
                let last = try service.recommendations(for: "walker")
                #expect(last["policy"]?.string == "fallback:popular")
            }
        }

        private static func likes(of items: [String]) -> String {
            let likes = items.map { #"{"type":"like","user":"stranger","item":"\#($0)"}"# }
            return "[\(likes.joined(separator: ","))]"
        }

        private static func items(_ answer: JSONValue) -> [String] {
            (answer["items"]?.array ?? []).compactMap { $0["item"]?.string }
        }
    }
}
