import API
import ArgumentParser
import Events
import Foundation
import Store
import Support

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A running service, over its HTTP API.
struct ServiceClient: Sendable {
    /// The service answered with an error.
    struct Refused: Error, CustomStringConvertible {
        var status: Int
        var detail: String

        var description: String { "the service answered \(status): \(detail)" }
    }

    let baseURL: String
    let key: String?

    /// The service that holds the settings' database. It lets in whoever may read that file.
    ///
    /// - Throws: `Refused` where whoever holds it is no service.
    static func running(on settings: Settings) async throws -> ServiceClient {
        let reader = try Store.openReadOnly(path: settings.database, meanings: settings.meanings)
        let url = try await reader.setting(RunningService.addressSetting)
        let key = try await reader.setting(KeyRing.commandKeySetting)
        try reader.close()
        guard let url else {
            throw Refused(
                status: 0, detail: "another process, which is no service, uses the database")
        }
        return ServiceClient(baseURL: url, key: key)
    }

    /// Sends a request and returns the answer's body.
    ///
    /// - Throws: `Refused` for a status of 400 and above.
    @discardableResult
    func send(
        _ method: String, _ path: String, body: Data? = nil,
        contentType: String = "application/json"
    ) async throws -> Data {
        let (status, data) = try await exchange(method, path, body: body, contentType: contentType)
        guard (200..<400).contains(status) else { throw Self.refusal(status, data) }
        return data
    }

    /// Sends a request and returns the answer, whatever its status.
    func exchange(
        _ method: String, _ path: String, body: Data?, contentType: String
    ) async throws -> (status: Int, body: Data) {
        guard let url = URL(string: baseURL + path) else {
            throw Refused(status: 0, detail: "\(path) is no path")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        request.timeoutInterval = 120
        if body != nil { request.setValue(contentType, forHTTPHeaderField: "Content-Type") }
        if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }

    static func refusal(_ status: Int, _ body: Data) -> Refused {
        Refused(status: status, detail: detail(of: body))
    }

    func get<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        try JSONDecoder().decode(type, from: try await send("GET", path))
    }

    private static func detail(of data: Data) -> String {
        struct Problem: Decodable {
            var detail: String?
            var title: String
        }
        do {
            let problem = try JSONDecoder().decode(Problem.self, from: data)
            return problem.detail ?? problem.title
        } catch {
            return String(decoding: data.prefix(200), as: UTF8.self)
        }
    }
}

extension ServiceClient: JobSource {
    func job(_ id: Int64) async throws -> JobView {
        try await get(JobView.self, "/v1/admin/jobs/\(id)")
    }

    /// - Returns: The job's id.
    func retrain(
        models: [String]?, mode: JobRecord.Mode = .warm, force: Bool
    ) async throws -> Int64 {
        struct Body: Encodable {
            var models: [String]?
            var mode: String
            var force: Bool
        }
        let body = try JSONEncoder().encode(
            Body(models: models, mode: mode.rawValue, force: force))
        let answer = try await send("POST", "/v1/admin/retrain", body: body)
        return try JSONDecoder().decode(JobView.self, from: answer).id
    }
}
