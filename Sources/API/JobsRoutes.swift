import Foundation
import HTTP
import HTTPServer
import Jobs
import Store
import Support

/// `POST /v1/admin/retrain`, `GET|DELETE /v1/admin/jobs/{id}`, `GET /v1/admin/jobs`.
struct JobsRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .post, "/v1/admin/retrain", .scope(.admin), body: .administrative,
                Operation(
                    .jobs, "retrain", "Train; models that are queued or training already aren't",
                    content: .optionalJSON(RetrainBody.schema),
                    answers: [Self.queued(.ok), Self.queued(.accepted)],
                    problems: [.insufficientStorage]), retrain),
            Route(
                .get, "/v1/admin/jobs", .scope(.admin),
                Operation(
                    .jobs, "listJobs", "Jobs, the newest first",
                    query: [QueryParameter.before, QueryParameter.limit],
                    answers: [.json(.object(["jobs": .array(of: JobAnswer.schema)]))]), list),
            Route(
                .get, "/v1/admin/jobs/{id}", .scope(.admin),
                Operation(
                    .jobs, "getJob", "One job", answers: [.json(JobAnswer.schema)],
                    problems: [.notFound]), get),
            Route(
                .delete, "/v1/admin/jobs/{id}", .scope(.admin),
                Operation(
                    .jobs, "cancelJob", "Cancel a job", answers: [.json(JobAnswer.schema)],
                    problems: [.notFound, .conflict, .insufficientStorage]), cancel),
        ]
    }

    /// An answer with the job.
    private static func queued(_ status: Status) -> Operation.Answer {
        .init(
            status: status, content: .json(JobAnswer.schema), fields: ["Location": "The job's path"]
        )
    }

    private struct RetrainBody: Decodable, Described {
        var models: [String]?
        var mode: String?
        var force: Bool?

        static let schema = Schema.object([
            "models": Schema.array(of: .model, ["minItems": 1]).optional
                .described("By default all that are enabled"),
            "mode": Schema.string(oneOf: JobRecord.Mode.allCases.map(\.rawValue)).optional,
            "force": Schema.boolean.optional.described("Promote in any case"),
        ]).named("RetrainRequest")
    }

    private func retrain(_ request: Request) throws -> Reply {
        let body =
            request.collectedBody.isEmpty
            ? RetrainBody() : try JSONCoding.decode(RetrainBody.self, from: request)
        if let models = body.models, models.isEmpty {
            throw Problem.badRequest("invalid-request", "models must name at least one model")
        }
        let mode = try mode(body)
        return .work(for: request) {
            let (job, isNew) = try await service.supervisor.retrain(
                models: body.models, mode: mode, isForced: body.force ?? false)
            var response = try Response(
                status: isNew ? .accepted : .ok, encoding: try JobAnswer(job))
            response.fields["Location"] = "/v1/admin/jobs/\(job.id)"
            return response
        }
    }

    private func mode(_ body: RetrainBody) throws -> JobRecord.Mode {
        guard let text = body.mode else { return .warm }
        guard let mode = JobRecord.Mode(rawValue: text) else {
            throw Problem.badRequest("invalid-request", "mode must be warm or full")
        }
        return mode
    }

    private func list(_ request: Request) throws -> Reply {
        let before = try request.value(of: .before)
        let limit = try request.value(of: .limit)
        return .work(for: request) {
            let jobs = try await service.store.reader.jobs(before: before, limit: limit)
            return try Response(encoding: ["jobs": try jobs.map(JobAnswer.init)])
        }
    }

    private func get(_ request: Request) throws -> Reply {
        let id = try jobID(request)
        return .work(for: request) {
            guard let job = try await service.store.reader.job(id) else {
                throw Supervisor.Refusal.unknownJob(id)
            }
            return try Response(encoding: try JobAnswer(job))
        }
    }

    private func cancel(_ request: Request) throws -> Reply {
        let id = try jobID(request)
        return .work(for: request) {
            try Response(encoding: try JobAnswer(try await service.supervisor.cancel(id)))
        }
    }

    private func jobID(_ request: Request) throws -> Int64 {
        guard let id = Int64(request.parameters["id"] ?? "") else {
            throw Problem.notFound("a job's id is an integer")
        }
        return id
    }
}

/// A job as it is answered.
private struct JobAnswer: Encodable, Described {
    private let job: JobRecord
    private let metrics: [String: JSONValue]
    private let results: [JobResult]

    private enum Key: String, CodingKey {
        case id, kind, models, mode, state, model, epoch, epochs, progress, metrics, results
        case createdAt, startedAt, finishedAt, error
    }

    init(_ job: JobRecord) throws {
        self.job = job
        metrics = try JSONValue.object(from: job.metrics)
        results = try JSONDecoder().decode([JobResult].self, from: Data(job.results.utf8))
    }

    static let schema = Schema.object([
        "id": .integer, "kind": .string, "models": .array(of: .string),
        "mode": .string(oneOf: JobRecord.Mode.allCases.map(\.rawValue)),
        "state": .string(oneOf: JobRecord.State.allCases.map(\.rawValue)),
        "model": Schema.string.orNull.described("The one in training"),
        "epoch": .integer.orNull, "epochs": .integer.orNull,
        "progress": Schema.number.described("0 to 1"), "metrics": .map(),
        "results": .array(of: JobResult.schema), "createdAt": .time, "startedAt": .time.orNull,
        "finishedAt": .time.orNull, "error": .string.orNull,
    ]).named("Job")

    /// Absent values are null rather than left out: the form of a job never changes.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(job.id, forKey: .id)
        try fields.encode(job.kind, forKey: .kind)
        try fields.encode(job.models, forKey: .models)
        try fields.encode(job.mode.rawValue, forKey: .mode)
        try fields.encode(job.state.rawValue, forKey: .state)
        try fields.encode(job.model, forKey: .model)
        try fields.encode(job.epoch, forKey: .epoch)
        try fields.encode(job.epochs, forKey: .epochs)
        try fields.encode(job.progress, forKey: .progress)
        try fields.encode(metrics, forKey: .metrics)
        try fields.encode(results, forKey: .results)
        try fields.encode(JSONTimestamp(job.createdAt), forKey: .createdAt)
        try fields.encode(job.startedAt.map(JSONTimestamp.init), forKey: .startedAt)
        try fields.encode(job.finishedAt.map(JSONTimestamp.init), forKey: .finishedAt)
        try fields.encode(job.error, forKey: .error)
    }
}

extension JobResult: Described {
    static let schema = Schema.object([
        "model": .string, "version": .integer.orNull,
        "start": Schema.string.orNull.described("What the training started from"),
        "promoted": .boolean, "reason": .string,
    ])
}
