import Support

/// What the parameters in the routes' patterns stand for, by the segment before them.
enum ParameterMeanings {
    static let bySegment: [String: (summary: String, schema: Schema)] = [
        "events": ("The id that the client gave the event", .id),
        "items": ("The item's id", .id),
        "users": ("The user's id", .id),
        "keys": ("The key's number", .integer(1...Int64.max)),
        "jobs": ("The job's number", .integer(1...Int64.max)),
        "models": ("The model's name", .model),
        "versions": ("The version's number", .integer(1...Int64(Int32.max))),
    ]
}
