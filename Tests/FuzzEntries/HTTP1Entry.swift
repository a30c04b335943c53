import HTTP

/// What the HTTP/1 engine makes of the input must not depend on how it was cut, and keeps the limits.
func fuzzHTTP1(_ bytes: [UInt8]) {
    let whole = http1Trace(bytes, cut: [])
    // The input also says where it is cut: at each of its first bytes' distances.
    let cut = http1Trace(bytes, cut: bytes.prefix(16).map { Int($0 % 32) + 1 })
    precondition(whole == cut, "the parts of the same input give other events")
}

/// Small, so that short inputs reach them.
private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.maxDiscardedBytes = 64
    limits.maxHeaderCount = 4
    limits.maxRequestLineBytes = 64
    limits.maxHeaderBytes = 256
    return limits
}()

/// Adjacent parts of a body are put together.
private enum Outcome: Equatable {
    case head(String, [String], bound: Int)
    case body([UInt8])
    case end
    case failed(Int, String)
}

private func http1Trace(_ bytes: [UInt8], cut distances: [Int]) -> [Outcome] {
    var engine = HTTP1Engine(limits: limits)
    var outcomes: [Outcome] = []
    var rest = bytes[...]
    var place = 0
    repeat {
        let count = distances.isEmpty ? rest.count : distances[place % distances.count]
        rest.prefix(count).withUnsafeBytes { engine.receive($0) }
        rest = rest.dropFirst(count)
        place += 1
        takeEvents(&engine, into: &outcomes)
    } while !rest.isEmpty
    return outcomes
}

private func takeEvents(_ engine: inout HTTP1Engine, into outcomes: inout [Outcome]) {
    while true {
        switch engine.next() {
        case .needMore: return
        case .head(let head):
            let fields = head.fields.pairs
            // One more: an absolute target brings the Host.
            precondition(fields.count <= limits.maxHeaderCount + 1, "\(fields.count) fields")
            let text =
                "\(head.method) \(head.path) \(head.query) \(head.framing) \(head.keepsAlive)"
            // A known length is held to the limit by the server, which knows the route.
            let bound =
                if case .length(let count) = head.framing { count } else {
                    limits.maxDiscardedBytes
                }
            outcomes.append(.head(text, fields.map { "\($0.name): \($0.value)" }, bound: bound))
        case .body(let part):
            precondition(!part.isEmpty, "an empty part of a body")
            var whole = part
            if case .body(let before)? = outcomes.last { whole = before + part }
            if whole.count > part.count { outcomes.removeLast() }
            guard case .head(_, _, let bound)? = outcomes.last else {
                preconditionFailure("a body without a head")
            }
            precondition(whole.count <= bound, "a body of \(whole.count) bytes")
            outcomes.append(.body(whole))
        case .end: outcomes.append(.end)
        case .failed(let problem):
            precondition((400...599).contains(problem.status.code), "\(problem.status.code)")
            outcomes.append(.failed(problem.status.code, problem.type))
            precondition(engine.hasFailed, "a failure that isn't kept")
            return
        }
    }
}
