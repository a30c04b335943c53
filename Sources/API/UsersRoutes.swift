import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `PUT|PATCH|GET|DELETE /v1/users/{user}`, `…/events`, `…/export`.
struct UsersRoutes {
    private static let exportPage = 1000
    private static let unknown = "there is no user with this id"

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
                    answers: [.nothing], problems: [.notFound, .insufficientStorage]), delete),
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
                    .users, "exportUser", "Everything that is stored about a user",
                    answers: [.json(Export.schema)], problems: [.notFound]), export),
        ]
    }

    private func put(_ request: Request) throws -> Reply {
        .work(for: request) {
            let (id, body) = try decode(request)
            let attributes = try body.attributes.map(JSONValue.text)
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
                user.attributes = try JSONValue.text(of: merged)
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

    /// The person's events and state go, at once from answers.
    private func delete(_ request: Request) throws -> Reply {
        let id = try request.userID()
        return .work(for: request) {
            guard try await service.store.deleteUser(id) else {
                throw Problem.notFound(Self.unknown)
            }
            return Response(status: .noContent)
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

    /// Everything that is stored about the person.
    private func export(_ request: Request) throws -> Reply {
        let id = try request.userID()
        return .work(for: request) {
            let user = try found(try await service.store.reader.user(id))
            var events: [EventAnswer] = []
            var before: EventSequence?
            while true {
                let page = try await service.store.reader.events(
                    of: id, before: before, limit: Self.exportPage)
                events += try page.map(EventAnswer.init)
                guard page.count == Self.exportPage, let last = page.last else { break }
                before = last.sequence
            }
            return try Response(
                encoding: Export(
                    user: try UserAnswer(user), events: events,
                    recommendations: try await recommendations(to: id)))
        }
    }

    private func recommendations(to user: UserID) async throws -> [ShownAnswer] {
        try await service.store.writeWaitingRecommendations()
        var shown: [ShownAnswer] = []
        var before: AnswerID?
        while true {
            let page = try await service.store.reader.recommendations(
                of: user, before: before, limit: Self.exportPage)
            shown += page.map(ShownAnswer.init)
            guard page.count == Self.exportPage, let last = page.last else { return shown }
            before = last.id
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

private struct UserBody: Decodable, Described {
    var id: String?
    var attributes: [String: JSONValue]?

    static let schema = Schema.object(["id": .id.optional, "attributes": .map().optional])
        .named("UserChange")
}

private struct Export: Encodable, Described {
    var user: UserAnswer
    var events: [EventAnswer]
    var recommendations: [ShownAnswer]

    static let schema = Schema.object([
        "user": UserAnswer.schema, "events": .array(of: EventAnswer.schema),
        "recommendations": .array(of: ShownAnswer.schema),
    ])
}

private struct UserAnswer: Encodable, Described {
    private let id: String
    private let attributes: [String: JSONValue]

    init(_ user: UserProfile) throws {
        id = user.id.rawValue
        attributes = try user.attributes.map(JSONValue.object) ?? [:]
    }

    static let schema = Schema.object(["id": .id, "attributes": .map()]).named("User")
}

/// A logged answer as it is exported.
private struct ShownAnswer: Encodable, Described {
    private let id: String
    private let time: JSONTimestamp
    private let route: String
    private let policy: String
    private let model: String?
    private let version: Int?
    private let items: [String]

    init(_ answer: GivenAnswer) {
        id = answer.id.text
        time = JSONTimestamp(answer.id.time)
        route = answer.source.route.rawValue
        policy = answer.source.policy
        model = answer.source.model
        version = model.map { _ in answer.source.version }
        items = answer.items.map(\.rawValue)
    }

    static let schema = Schema.object([
        "id": .string, "time": .time, "route": .answerRoute, "policy": .string,
        "model": .string.orAbsent, "version": .integer.orAbsent, "items": .array(of: .id),
    ])
}

/// One stored event as it is answered.
private struct EventAnswer: Encodable, Described {
    private let sequence: Int64
    private let id: String?
    private let type: String
    private let item: String
    private let value: Double?
    private let time: JSONTimestamp
    private let recommendation: String?
    private let session: String?
    private let properties: [String: JSONValue]?

    init(_ event: EventRecord) throws {
        sequence = event.sequence.rawValue
        let sent = event.event
        id = sent.id
        type = sent.type
        item = sent.item.rawValue
        value = sent.value
        time = JSONTimestamp(event.time)
        recommendation = sent.recommendation
        session = sent.session
        properties = try sent.properties.map(JSONValue.object)
    }

    static let schema = Schema.object([
        "sequence": .sequence, "id": .id.orAbsent, "type": .id, "item": .id,
        "value": .number.orAbsent, "time": .time, "recommendation": .id.orAbsent,
        "session": .id.orAbsent, "properties": .map().orAbsent,
    ]).named("Event")
}
