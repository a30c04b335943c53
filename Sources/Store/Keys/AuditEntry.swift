import Support

/// An administrative call, or one that was refused.
package struct AuditEntry: Sendable, Equatable {
    package enum Caller: String, Sendable, CaseIterable {
        /// One of the stored keys.
        case key
        /// The key of the configuration.
        case configured
        /// A command on this machine, whose user may read the database file.
        case command
        /// Anybody on this machine, where there is no key.
        case loopback
        case unknown
    }

    /// 0 before it is stored.
    package var id: Int64 = 0
    package var time: Timestamp
    package var caller: Caller
    package var keyID: Int64?
    /// As it was then.
    package var keyName: String?
    package var address: String?
    package var method: String
    /// The route's pattern.
    package var route: String
    /// What the route's parameters named.
    package var target: String?
    /// 0 while there is no answer yet.
    package var status: Int
    /// Refusals before this one that were only counted.
    package var omitted = 0

    package init(
        time: Timestamp, caller: Caller, keyID: Int64? = nil, keyName: String? = nil,
        address: String? = nil, method: String, route: String, target: String? = nil,
        status: Int = 0
    ) {
        self.time = time
        self.caller = caller
        self.keyID = keyID
        self.keyName = keyName
        self.address = address
        self.method = method
        self.route = route
        self.target = target
        self.status = status
    }

    /// Those who call in vain can't push the others out of the log.
    package var isRefusal: Bool { status == 401 || status == 403 }
}
