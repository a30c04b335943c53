import Support

/// What a user did, as the application posted it.
package struct Event: Sendable, Equatable {
    /// The client's id: makes a repeat harmless.
    package var id: String?
    package var type: String
    package var user: UserID
    package var item: ItemID
    package var value: Double?
    /// When it happened; nil where the client didn't say: then it is the time of arrival.
    package var time: Timestamp?
    package var recommendation: String?
    package var session: String?
    /// A JSON object, as text with sorted keys.
    package var properties: String?

    package init(
        id: String? = nil, type: String, user: UserID, item: ItemID, value: Double? = nil,
        time: Timestamp? = nil, recommendation: String? = nil, session: String? = nil,
        properties: String? = nil
    ) {
        self.id = id
        self.type = type
        self.user = user
        self.item = item
        self.value = value
        self.time = time
        self.recommendation = recommendation
        self.session = session
        self.properties = properties
    }
}
