import Foundation
import HTTP
import HTTPServer
import Store
import Support

/// `PUT|PATCH|GET|DELETE /v1/items/{item}`, `POST /v1/items`, `GET /v1/items`.
struct ItemsRoutes {
    private static let unknown = "there is no item with this id"
    private static let after = QueryParameter.item("after", "Goes on behind this item")

    let service: APIService

    private var body: BodyPolicy { .collected(maxBytes: service.options.maximumBodyBytes) }

    var routes: [Route] {
        [
            Route(
                .put, "/v1/items/{item}", .scope(.events), body: body,
                Operation(
                    .items, "putItem", "Describe an item; what is missing takes its default",
                    content: .json(ItemBody.schema),
                    answers: [.json(ItemAnswer.schema), .json(ItemAnswer.schema, .created)],
                    problems: [.insufficientStorage]), put),
            Route(
                .patch, "/v1/items/{item}", .scope(.events), body: body,
                Operation(
                    .items, "patchItem", "Change what is sent",
                    content: .json(ItemBody.schema), answers: [.json(ItemAnswer.schema)],
                    problems: [.notFound, .insufficientStorage]), patch),
            Route(
                .get, "/v1/items/{item}", .scope(.events),
                Operation(
                    .items, "getItem", "One item", answers: [.json(ItemAnswer.schema)],
                    problems: [.notFound]), get),
            Route(
                .delete, "/v1/items/{item}", .scope(.events),
                Operation(
                    .items, "deleteItem", "Take an item away", answers: [.nothing],
                    problems: [.notFound, .insufficientStorage]), delete),
            Route(
                .post, "/v1/items", .scope(.events), body: .streamed,
                Operation(
                    .items, "postItems", "Describe many items, each judged by itself",
                    content: .jsonOrLines(Upload<ItemDraft>.schema),
                    answers: [
                        .json(ItemUploadReport.schema),
                        .json(ItemUploadReport.schema, .multiStatus),
                    ],
                    problems: [.insufficientStorage],
                    problemSchemas: [.badRequest: ItemUploadReport.problemSchema]), postAll),
            Route(
                .get, "/v1/items", .scope(.events),
                Operation(
                    .items, "listItems", "Items in the order of their arrival",
                    query: [Self.after, QueryParameter.limit],
                    answers: [.json(.object(["items": .array(of: ItemAnswer.schema)]))]), list),
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
        let id = try request.itemID()
        return .work(for: request) {
            try Response(
                encoding: try ItemAnswer(try found(try await service.store.reader.item(id)?.item)))
        }
    }

    private func delete(_ request: Request) throws -> Reply {
        let id = try request.itemID()
        return .work(for: request) {
            guard try await service.store.deleteItem(id) else {
                throw Problem.notFound(Self.unknown)
            }
            return Response(status: .noContent)
        }
    }

    private func postAll(_ request: Request) throws -> Reply {
        try service.take(request) { ItemUpload(to: service) }
    }

    private func list(_ request: Request) throws -> Reply {
        let after = try request.value(of: Self.after)
        let limit = try request.value(of: .limit)
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
