import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `PUT|PATCH|GET|DELETE /v1/users/{user}`, `…/events`, `…/export`.
struct UsersRoutes {
    private static let unknown = "there is no user with this id"
    private static let after = QueryParameter.text(
        "after", "Goes on behind the place that the last line of an answer names",
        .string.with("pattern", .string(UserExport.Place.pattern)))
    private static let tracePatience = Duration.seconds(3)

    let service: APIService

    private var body: BodyPolicy { .collected(maxBytes: service.options.maximumBodyBytes) }

    var routes: [Route] {
        [
            Route(
                .put, "/v1/users/{user}", .scope(.events), body: body,
                Operation(
                    .users, "putUser", "Describe a user; what is missing takes its default",
                    content: .json(UserBody.schema),
                    answers: [.json(UserAnswer.schema), .json(UserAnswer.schema, .created)],
                    problems: [.insufficientStorage]), put),
            Route(
                .patch, "/v1/users/{user}", .scope(.events), body: body,
                Operation(
                    .users, "patchUser", "Change what is sent", content: .json(UserBody.schema),
                    answers: [.json(UserAnswer.schema)],
                    problems: [.notFound, .insufficientStorage]), patch),
            Route(
                .get, "/v1/users/{user}", .scope(.events),
                Operation(
                    .users, "getUser", "One user", answers: [.json(UserAnswer.schema)],
                    problems: [.notFound]), get),
            Route(
                .delete, "/v1/users/{user}", .scope(.events),
                Operation(
                    .users, "deleteUser", "Erase a user's events and state",
                    answers: [.json(ErasureReceipt.schema)],
                    problems: [.notFound, .insufficientStorage]), delete),
            Route(
                .get, "/v1/users/{user}/events", .scope(.events),
                Operation(
                    .users, "listUserEvents", "A user's events, the newest first",
                    query: [QueryParameter.before, QueryParameter.limit],
                    answers: [.json(.object(["events": .array(of: EventAnswer.schema)]))],
                    problems: [.notFound]), listEvents),
            Route(
                .get, "/v1/users/{user}/export", .scope(.events),
                Operation(
                    .users, "exportUser", "Everything that is stored about a user, a line each",
                    query: [Self.after],
                    answers: [.init(status: .ok, content: .lines(UserExport.summary))],
                    problems: [.notFound]), export),
        ]
    }

    private func put(_ request: Request) throws -> Reply {
        .work(for: request) {
            let (id, body) = try decode(request)
            let attributes = try body.attributes.map(UserBody.text)
            let user = UserProfile(id: id, attributes: attributes)
            let outcome = try await service.store.putUsers([user])
            return try Response(
                status: outcome.first == true ? .created : .ok, encoding: try UserAnswer(user))
        }
    }

    private func patch(_ request: Request) throws -> Reply {
        .work(for: request) {
            let (id, body) = try decode(request)
            let changed = try await service.store.updateUser(id) { user in
                guard let attributes = body.attributes else { return }
                var merged = try user.attributes.map(JSONValue.object) ?? [:]
                merged.merge(attributes) { _, new in new }
                user.attributes = try UserBody.text(of: merged)
            }
            return try Response(encoding: try UserAnswer(try found(changed)))
        }
    }

    private func get(_ request: Request) throws -> Reply {
        let id = try request.userID()
        return .work(for: request) {
            try Response(
                encoding: try UserAnswer(try found(try await service.store.reader.user(id))))
        }
    }

    /// The person's events and state go, at once from answers. The answer waits a while for readers
    /// of the file to end, so that it can mostly say that nothing is left there either.
    private func delete(_ request: Request) throws -> Reply {
        let id = try request.userID()
        return .work(for: request) {
            guard let erasure = try await service.supervisor.erase(id) else {
                throw Problem.notFound(Self.unknown)
            }
            let isGone = try await service.store.tracesAreGone(within: Self.tracePatience)
            return try Response(encoding: ErasureReceipt(erasure, isGoneFromFile: isGone))
        }
    }

    private func listEvents(_ request: Request) throws -> Reply {
        let id = try request.userID()
        let before = try request.value(of: .before).map(EventSequence.init)
        let limit = try request.value(of: .limit)
        return .work(for: request) {
            _ = try found(try await service.store.reader.user(id))
            let events = try await service.store.reader.events(
                of: id, before: before, limit: limit)
            return try Response(encoding: ["events": try events.map(EventAnswer.init)])
        }
    }

    /// Everything that is stored about the person, as much of it as one answer may hold.
    private func export(_ request: Request) throws -> Reply {
        let id = try request.userID()
        let place = try request.value(of: Self.after).map { text in
            guard let place = UserExport.Place(text) else {
                throw Problem.badRequest(
                    "invalid-parameter", "after must be what an export's last line says")
            }
            return place
        }
        let turn = try service.exportPlaces.take()
        return .work(for: request) {
            defer { withExtendedLifetime(turn) {} }
            let user = try found(try await service.store.reader.user(id))
            var export = UserExport(of: user, in: service.store)
            try await export.write(from: place ?? .user)
            return Response(contentType: ContentType.lines, body: export.lines)
        }
    }

    private func decode(_ request: Request) throws -> (UserID, UserBody) {
        let id = try request.userID()
        let body = try JSONCoding.decode(UserBody.self, from: request)
        guard body.id == nil || body.id == id.rawValue else {
            throw Problem.badRequest("invalid-user", "id must be the user that the path names")
        }
        return (id, body)
    }

    private func found(_ user: UserProfile?) throws -> UserProfile {
        guard let user else { throw Problem.notFound(Self.unknown) }
        return user
    }
}

struct UserBody: Decodable, Described {
    /// Of attributes as JSON.
    static let maximumAttributesBytes = 64 * 1024

    var id: String?
    var attributes: [String: JSONValue]?

    static let schema = Schema.object(["id": .id.optional, "attributes": .map().optional])
        .named("UserChange")

    /// Attributes as they are stored.
    fileprivate static func text(of attributes: [String: JSONValue]) throws -> String {
        let text = try JSONValue.text(of: attributes)
        guard text.utf8.count <= maximumAttributesBytes else {
            throw Problem.badRequest(
                "invalid-user", "attributes has more than \(maximumAttributesBytes) bytes")
        }
        return text
    }
}

/// A user as he is answered.
struct UserAnswer: Encodable, Described {
    private let id: String
    private let attributes: [String: JSONValue]

    init(_ user: UserProfile) throws {
        id = user.id.rawValue
        attributes = try user.attributes.map(JSONValue.object) ?? [:]
    }

    static let schema = Schema.object(["id": .id, "attributes": .map()]).named("User")
}
