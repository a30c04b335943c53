import Support

/// What the names in the routes' patterns stand for.
enum PathParameter {
    static let described: [String: (summary: String, schema: Schema)] = [
        "event": ("The id that the client gave the event", .id),
        "item": ("The item's id", .id),
        "user": ("The user's id", .id),
        "job": ("The job's number", .integer(1...Int64.max)),
        "model": ("The model's name", .model),
        "version": ("The version's number", .integer(1...Int64(Int32.max))),
    ]
}
