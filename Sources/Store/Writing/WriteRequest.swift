/// One write that waits for the writer: what to do inside the transaction, and whom to tell.
struct WriteRequest: Sendable {
    /// Rows, roughly: how much of a group it fills.
    let weight: Int
    /// Runs inside a transaction, a second time where the first was rolled back. Gives back what
    /// tells the caller of its success, called after the commit.
    let run: @Sendable (WriterConnection) throws -> @Sendable () -> Void
    /// Tells the caller of the failure.
    let fail: @Sendable (any Error) -> Void

    /// Splits waiting requests into the groups that share a transaction, in their order: no group
    /// is heavier than `limit`, save for a single request that is so by itself.
    static func groups(of requests: [WriteRequest], limit: Int) -> [ArraySlice<WriteRequest>] {
        var groups: [ArraySlice<WriteRequest>] = []
        var start = 0
        var weight = 0
        for (index, request) in requests.enumerated() {
            if index > start, weight + request.weight > limit {
                groups.append(requests[start..<index])
                start = index
                weight = 0
            }
            weight += request.weight
        }
        if start < requests.count { groups.append(requests[start...]) }
        return groups
    }
}
