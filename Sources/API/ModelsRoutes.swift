import Events
import Foundation
import HTTP
import HTTPServer
import Serving
import Store
import Support

/// `GET /v1/admin/models`, `…/{name}/versions`, `…/versions/{version}/weights`,
/// `POST …/{name}/activate`, `…/rollback`.
struct ModelsRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/v1/admin/models", .scope(.admin),
                Operation(
                    .models, "listModels", "The models, and which of them auto takes",
                    answers: [.json(ModelsAnswer.schema)]), list),
            Route(
                .get, "/v1/admin/models/{name}/versions", .scope(.admin),
                Operation(
                    .models, "listVersions", "A model's stored versions",
                    answers: [.json(.object(["versions": .array(of: VersionAnswer.schema)]))],
                    problems: [.notFound]), versions),
            Route(
                .get, "/v1/admin/models/{name}/versions/{version}/weights", .scope(.admin),
                Operation(
                    .models, "getWeights", "A version as a safetensors file",
                    answers: [.kept("application/octet-stream", .anything)],
                    problems: [.notFound, .conflict]), weights),
            Route(
                .post, "/v1/admin/models/{name}/activate", .scope(.admin), body: .administrative,
                Operation(
                    .models, "activateVersion", "Put a version into service",
                    content: .json(ActivateBody.schema), answers: [.json(ModelAnswer.schema)],
                    problems: [.notFound, .conflict, .insufficientStorage]), activate),
            Route(
                .post, "/v1/admin/models/{name}/rollback", .scope(.admin),
                Operation(
                    .models, "rollBack", "Put the version before into service",
                    answers: [.json(ModelAnswer.schema)],
                    problems: [.notFound, .conflict, .insufficientStorage]), rollBack),
        ]
    }

    private func list(_ request: Request) throws -> Reply {
        .work(for: request) {
            let reader = service.store.reader
            var models: [ModelAnswer] = []
            for name in service.recommendations.modelNames.sorted() {
                var version: VersionAnswer?
                if let number = service.recommendations.slots.current(name)?.version,
                    let info = try await reader.checkpoint(model: name, version: number)
                {
                    version = try VersionAnswer(info, inService: number, now: service.clock.now())
                }
                models.append(ModelAnswer(name: name, inService: version))
            }
            let choice = service.recommendations.slots.choice
            return try Response(
                encoding: ModelsAnswer(
                    models: models,
                    auto: HistoryLength.allCases.map { ChoiceAnswer($0, choice) }))
        }
    }

    private func versions(_ request: Request) throws -> Reply {
        let name = try modelName(request)
        return .work(for: request) {
            let reader = service.store.reader
            let inService = service.recommendations.slots.current(name)?.version
            let now = service.clock.now()
            let versions = try await reader.checkpoints(model: name).map {
                try VersionAnswer($0, inService: inService, now: now)
            }
            return try Response(encoding: ["versions": versions])
        }
    }

    /// The checkpoint as a safetensors file. A client that has it already asks by its ETag.
    private func weights(_ request: Request) throws -> Reply {
        let name = try modelName(request)
        guard let version = Int(request.parameters["version"] ?? "") else {
            throw Problem.notFound("a version is an integer")
        }
        return .work(for: request) {
            let reader = service.store.reader
            guard let info = try await reader.checkpoint(model: name, version: version) else {
                throw Problem.notFound("\(name) has no version \(version)")
            }
            guard info.state != .writing else {
                throw StoreRefusal.checkpointNotUsable(model: name, version: version)
            }
            var response = Response(fields: [
                "Content-Type": "application/octet-stream", "ETag": "\"\(info.checksum)\"",
                "Cache-Control": "private, no-cache",
            ])
            // Before it is loaded only to be thrown away.
            let judged = response.suited(to: request)
            guard judged.status == .ok else { return judged }
            response.body = try await reader.loadCheckpoint(model: name, version: version)
            return response
        }
    }

    private struct ActivateBody: Decodable, Described {
        var version: Int

        static let schema = Schema.object(["version": .integer(1...Int64(Int32.max))])
    }

    private func activate(_ request: Request) throws -> Reply {
        let name = try modelName(request)
        let version = try JSONCoding.decode(ActivateBody.self, from: request).version
        return .work(for: request) {
            try await service.supervisor.deployments.activate(
                model: name, version: version, reason: "activated by hand")
            return try await answer(name, version)
        }
    }

    private func rollBack(_ request: Request) throws -> Reply {
        let name = try modelName(request)
        return .work(for: request) {
            try await answer(
                name, try await service.supervisor.deployments.rollBack(model: name))
        }
    }

    private func answer(_ name: String, _ version: Int) async throws -> Response {
        let info = try await service.store.reader.checkpoint(model: name, version: version)
        return try Response(
            encoding: ModelAnswer(
                name: name,
                inService: try info.map {
                    try VersionAnswer($0, inService: version, now: service.clock.now())
                }))
    }

    private func modelName(_ request: Request) throws -> String {
        let name = request.parameters["name"] ?? ""
        guard service.recommendations.modelNames.contains(name) else {
            throw Problem.notFound("there is no model with this name")
        }
        return name
    }
}
