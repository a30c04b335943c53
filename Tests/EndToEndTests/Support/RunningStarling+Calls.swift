import Foundation
import Support

/// What the tests ask for most.
extension RunningStarling {
    /// An answer that should have been another one.
    struct Unexpected: Error, CustomStringConvertible {
        var description: String

        init(_ what: String, _ answer: HTTPAnswer) {
            description = "\(what): \(answer.status) \(answer.text)"
        }
    }

    static let ndjson = ["Content-Type": "application/x-ndjson"]

    /// The answer's JSON.
    ///
    /// - Throws: `Unexpected` for any status of 400 and above.
    @discardableResult
    func json(_ method: String, _ path: String, _ body: String = "") throws -> JSONValue {
        let answer = try send(method, path, body)
        guard answer.status < 400 else { throw Unexpected("\(method) \(path)", answer) }
        return try answer.json
    }

    /// What is answered in lines of JSON.
    func lines(_ path: String) throws -> [JSONValue] {
        let answer = try send("GET", path)
        guard answer.status < 400 else { throw Unexpected("GET \(path)", answer) }
        return try answer.body.split(separator: UInt8(ascii: "\n"))
            .map { try JSONValue(Array($0)) }
    }

    /// Posts lines of NDJSON, each of which must be taken.
    func post(_ lines: [String]) throws {
        let answer = try send(
            "POST", "/v1/events", lines.joined(separator: "\n"), fields: Self.ndjson)
        guard answer.status == 200 else { throw Unexpected("POST /v1/events", answer) }
    }

    func recommendations(for user: String, k: Int = 10) throws -> JSONValue {
        try json("GET", "/v1/users/\(user)/recommendations?k=\(k)")
    }

    /// Starts a training job.
    ///
    /// - Returns: Its id.
    func retrain(mode: String = "warm", force: Bool = false) throws -> Int {
        let job = try json(
            "POST", "/v1/admin/retrain", #"{"mode":"\#(mode)","force":\#(force)}"#)
        guard let id = job["id"]?.integer else { throw TimedOut(what: "a job has an id") }
        return id
    }

    func job(_ id: Int) throws -> JSONValue { try json("GET", "/v1/admin/jobs/\(id)") }

    /// The job as it ended.
    func waitForEnd(ofJob id: Int) throws -> JSONValue {
        var job = try job(id)
        try wait(until: "job \(id) has ended") {
            job = try self.job(id)
            return ["succeeded", "failed", "cancelled"].contains(job["state"]?.string)
        }
        return job
    }

    /// Every stored event of a user, newest first, page by page; none for an unknown user.
    func events(of user: String, page: Int = 1000) throws -> [JSONValue] {
        var events: [JSONValue] = []
        var before = ""
        while true {
            let answer = try send("GET", "/v1/users/\(user)/events?limit=\(page)\(before)")
            if answer.status == 404 { return [] }
            guard answer.status == 200 else { throw Unexpected("events of \(user)", answer) }
            let found = try answer.json["events"]?.array ?? []
            events += found
            guard found.count == page, let last = found.last?["sequence"]?.integer else {
                return events
            }
            before = "&before=\(last)"
        }
    }
}
