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
            Route(.get, "/v1/admin/models", .scope(.admin), list),
            Route(.get, "/v1/admin/models/{name}/versions", .scope(.admin), versions),
            Route(
                .get, "/v1/admin/models/{name}/versions/{version}/weights", .scope(.admin), weights),
            Route(
                .post, "/v1/admin/models/{name}/activate", .scope(.admin),
                body: .collected(maxBytes: service.options.maximumBodyBytes), activate),
            Route(.post, "/v1/admin/models/{name}/rollback", .scope(.admin), rollBack),
        ]
    }

    private func list(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        return .work(for: request) {
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
        try request.requireNoQuery()
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
        try request.requireNoQuery()
        let name = try modelName(request)
        guard let version = Int(request.parameters["version"] ?? "") else {
            throw Problem.notFound("a version is an integer")
        }
        return .work(for: request) {
            let reader = service.store.reader
            guard let info = try await reader.checkpoint(model: name, version: version) else {
                throw Problem.notFound("\(name) has no version \(version)")
            }
            let bytes = try await reader.loadCheckpoint(model: name, version: version)
            return Response(
                fields: [
                    "Content-Type": "application/octet-stream",
                    "ETag": "\"\(info.checksum)\"",
                    "Cache-Control": "private, no-cache",
                ], body: bytes)
        }
    }

    private struct ActivateBody: Decodable {
        var version: Int
    }

    private func activate(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
        let name = try modelName(request)
        let version = try JSONCoding.decode(ActivateBody.self, from: request).version
        return .work(for: request) {
            try await service.supervisor.deployments.activate(
                model: name, version: version, reason: "activated by hand")
            return try await answer(name, version)
        }
    }

    private func rollBack(_ request: Request) throws -> Reply {
        try request.requireNoQuery()
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

private struct ModelsAnswer: Encodable {
    var models: [ModelAnswer]
    var auto: [ChoiceAnswer]
}

/// Which model `auto` takes for histories of one class, and by what.
private struct ChoiceAnswer: Encodable {
    private let historyLength: String
    /// Null where no model is in service.
    private let model: String?
    private let version: Int?
    private let metric: String?
    private let value: Double?
    private let estimate: Double?

    init(_ length: HistoryLength, _ choice: ModelChoice) {
        let best = choice.best(for: length)
        historyLength = length.label
        model = best?.model.name
        version = best?.model.version
        metric = best?.metric
        value = best?.value
        estimate = best?.estimate
    }

    private enum Key: String, CodingKey {
        case historyLength, model, version, metric, value, estimate
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(historyLength, forKey: .historyLength)
        try fields.encode(model, forKey: .model)
        try fields.encode(version, forKey: .version)
        try fields.encode(metric, forKey: .metric)
        try fields.encode(value, forKey: .value)
        try fields.encode(estimate, forKey: .estimate)
    }
}

private struct ModelAnswer: Encodable {
    var name: String
    /// Null while the fallback answers in its place.
    var inService: VersionAnswer?

    private enum Key: String, CodingKey {
        case name, inService
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(inService, forKey: .inService)
    }
}

/// One stored version of a model.
private struct VersionAnswer: Encodable {
    private let version: Int
    private let state: String
    private let inService: Bool
    /// The last event that it was trained on.
    private let watermark: Int64
    private let metrics: [String: JSONValue]
    /// What was left out of the log, and why.
    private let preprocessing: [String: JSONValue]
    private let createdAt: JSONTimestamp
    private let ageSeconds: Int64
    private let bytes: Int
    private let sha256: String
    private let reason: String?

    init(_ info: CheckpointInfo, inService: Int?, now: Timestamp) throws {
        version = info.version
        state = info.state.rawValue
        self.inService = info.version == inService
        watermark = info.watermark.rawValue
        metrics = try JSONValue.object(from: info.metrics)
        preprocessing = try JSONValue.object(from: info.preprocessing)
        createdAt = JSONTimestamp(info.createdAt)
        ageSeconds = (now - info.createdAt).components.seconds
        bytes = info.byteCount
        sha256 = info.checksum
        reason = info.reason
    }
}
