/// What a key lets its holder do.
package enum KeyScope: String, Hashable, Sendable, CaseIterable {
    /// Tell what happened: events, items, users.
    case events
    /// Ask for recommendations and similar items.
    case recommendations
    /// Everything under `/v1/admin`.
    case admin
}

/// Scopes as bits: what is looked at for each request.
struct KeyScopes: OptionSet, Sendable {
    let rawValue: UInt8

    static let all = KeyScopes(KeyScope.allCases)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ scopes: some Sequence<KeyScope>) {
        self.init(scopes.map(KeyScopes.init))
    }

    init(_ scope: KeyScope) {
        let place =
            switch scope {
            case .events: 0
            case .recommendations: 1
            case .admin: 2
            }
        self.init(rawValue: 1 << place)
    }

    /// Names that a newer version has stored let nobody in here.
    init(stored names: [String]) {
        self.init(names.compactMap(KeyScope.init))
    }
}
