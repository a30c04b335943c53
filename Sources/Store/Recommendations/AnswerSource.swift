/// Who made an answer: a version of a model, or a fallback.
package struct AnswerSource: Hashable, Sendable {
    /// What was asked for.
    package enum Route: String, Sendable, CaseIterable {
        case recommendations, similar
    }

    package let route: Route
    /// As the answer names it: `model`, `fallback:popular`, …
    package let policy: String
    /// Nil for a fallback.
    package let model: String?
    /// 0 for a fallback.
    package let version: Int

    package init(route: Route, policy: String, model: String? = nil, version: Int = 0) {
        self.route = route
        self.policy = policy
        self.model = model
        self.version = version
    }
}
