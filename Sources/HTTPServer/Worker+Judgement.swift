import HTTP

/// What a request's head alone decides, whichever protocol brought it.
extension Worker {
    /// The answer to a request that needs no body for it: 404, 405, 413, or what the admission
    /// says.
    func refusal(
        _ request: Request, _ head: RequestHead, _ found: Dispatcher.Found
    ) -> Reply? {
        guard found.isMatched else {
            return dispatcher.reply(to: request, by: found.handler)
        }
        if let refused = dispatcher.admit(request, options.admission) {
            return .now(refused)
        }
        let limit = bodyLimit(found.body)
        if case .length(let count) = head.framing, count > limit {
            return dispatcher.refuse(request, .contentTooLarge(limit: limit))
        }
        // A body that nobody wants isn't asked for (RFC 9110 section 10.1.1).
        if case .none = found.body, head.expectsContinue {
            return dispatcher.reply(to: request, by: found.handler)
        }
        return nil
    }

    /// How much content a route takes.
    func bodyLimit(_ policy: BodyPolicy) -> Int {
        switch policy {
        case .none: options.limits.maxDiscardedBytes
        case .collected(let maxBytes): maxBytes
        case .streamed: .max
        }
    }
}
