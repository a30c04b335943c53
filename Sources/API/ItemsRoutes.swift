import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `PUT|PATCH|GET|DELETE /v1/items/{item}`, `POST /v1/items`, `GET /v1/items`.
struct ItemsRoutes {
    private static let unknown = "there is no item with this id"

    let service: APIService

    private var body: BodyPolicy { .collected(maxBytes: service.options.maximumBodyBytes) }

    var routes: [Route] {
        [
            Route(.put, "/v1/items/{item}", .scope(.events), body: body, put),
            Route(.patch, "/v1/items/{item}", .scope(.events), body: body, patch),
            Route(.get, "/v1/items/{item}", .scope(.events), get),
            Route(.delete, "/v1/items/{item}", .scope(.events), delete),
            Route(.post, "/v1/items", .scope(.events), body: body, postAll),
            Route(.get, "/v1/items", .scope(.events), list),
        ]
    }

    private func put(_ request: Request) throws -> Reply {
        .work(for: request) {
            let (id, body) = try decode(request)
            let item = try body.item(id)
            let outcome = try await service.store.putItems([item])
            let stored = try found(try await service.store.reader.item(id)?.item)
            return try Response(
                status: outcome.first.isCreated ? .created : .ok, encoding: try ItemAnswer(stored))
        }
    }

    private func patch(_ request: Request) throws -> Reply {
        .work(for: request) {
            let (id, body) = try decode(request)
            let changed = try await service.store.updateItem(id) { try body.merge(into: &$0) }
            return try Response(encoding: try ItemAnswer(try found(changed)))
        }
    }

    private func get(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        let id = try request.itemID()
        return .work(for: request) {
            try Response(
                encoding: try ItemAnswer(try found(try await service.store.reader.item(id)?.item)))
        }
    }

    private func delete(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        let id = try request.itemID()
        return .work(for: request) {
            guard try await service.store.deleteItem(id) else {
                throw Problem.notFound(Self.unknown)
            }
            return Response(status: .noContent)
        }
    }

    private func postAll(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        return .work(for: request) {
            let upload = try ItemUpload(request)
            let items = try upload.accepted.map { try $0.body.item($0.id) }
            if !items.isEmpty { _ = try await service.store.putItems(items) }
            return try upload.response()
        }
    }

    private func list(_ request: Request) throws -> Reply {
        let parameters = try QueryParameters(request, known: ["after", "limit"])
        let after = try parameters.text("after").map { try ItemID($0, named: "after") }
        let limit = try parameters.limit()
        return .work(for: request) {
            let items = try await service.store.reader.read { snapshot in
                // A deleted item still has its place in the order.
                let key = try after.flatMap(snapshot.itemKey)
                guard after == nil || key != nil else {
                    throw Problem.badRequest("invalid-parameter", "after names no item")
                }
                return try snapshot.items(after: key, limit: limit)
            }
            return try Response(encoding: ["items": try items.map { try ItemAnswer($0.item) }])
        }
    }

    private func decode(_ request: Request) throws -> (ItemID, ItemBody) {
        try request.requireNoQuery()
        let id = try request.itemID()
        let body = try JSONCoding.decode(ItemBody.self, from: request)
        guard body.id == nil || body.id == id else {
            throw Problem.badRequest("invalid-item", "id must be the item that the path names")
        }
        return (id, body)
    }

    private func found(_ item: Item?) throws -> Item {
        guard let item else { throw Problem.notFound(Self.unknown) }
        return item
    }
}

extension PutOutcome? {
    fileprivate var isCreated: Bool {
        if case .created = self { true } else { false }
    }
}
