import HTTP
import Support
import TestSupport
import Testing

@testable import API
@testable import Store

/// Jobs, models, statistics, health: the routes of whoever runs the service.
@Suite struct AdministrationTests {
    private func inService(_ answer: Answer) -> JSONValue? {
        guard case .object(let version)? = answer.json["inService"] else { return nil }
        return version["version"]
    }

    // MARK: - Jobs

    @Test func queuesAJobAndShowsIt() async throws {
        let service = try await TestService()
        let answer = try await service.post("/v1/admin/retrain", #"{"models":["ease"]}"#)
        #expect(answer.status == 202)
        #expect(answer.response.fields["Location"] == "/v1/admin/jobs/1")
        #expect(
            answer.text
                == #"{"createdAt":"2026-01-01T00:00:00.000Z","epoch":null,"epochs":null,"error":null,"finishedAt":null,"id":1,"kind":"train","metrics":{},"mode":"warm","model":null,"models":["ease"],"progress":0,"results":[],"startedAt":null,"state":"queued"}"#
        )
        #expect(try await service.get("/v1/admin/jobs/1").text == answer.text)
        #expect(try await service.get("/v1/admin/jobs").text == #"{"jobs":[\#(answer.text)]}"#)
        let again = try await service.post("/v1/admin/retrain", #"{"models":["ease"]}"#)
        #expect(again.status == 200)
        #expect(again.text == answer.text)
        let rest = try await service.post("/v1/admin/retrain", "")
        #expect(rest.status == 202)
        #expect(rest.json["models"] == .array([.string("popularity")]))
    }

    @Test(arguments: ["warm", "full"])
    func queuesAJobOfTheModeThatWasAskedFor(mode: String) async throws {
        let service = try await TestService()
        let answer = try await service.post("/v1/admin/retrain", #"{"mode":"\#(mode)"}"#)
        #expect(answer.status == 202)
        #expect(answer.json["mode"] == .string(mode))
        #expect(try await service.get("/v1/admin/jobs/1").json["mode"] == .string(mode))
    }

    @Test func showsWhyAJobFailed() async throws {
        let service = try await TestService(script: "exit 5")
        _ = try await service.post("/v1/admin/retrain", "{}")
        try await service.supervisor.runQueued()
        let job = try await service.get("/v1/admin/jobs/1")
        #expect(job.json["state"] == .string("failed"))
        #expect(job.json["error"] == .string("the trainer ended early with status 5"))
        #expect(job.json["finishedAt"] == .string("2026-01-01T00:00:00.000Z"))
    }

    @Test func writesNullForAVersionThatWasNeverStored() async throws {
        let service = try await TestService()
        _ = try await service.post("/v1/admin/retrain", "{}")
        _ = try await service.database.store.updateJob(1) { row in
            row.results = #"[{"model":"ease","promoted":false,"reason":"too many items"}]"#
        }
        let job = try await service.get("/v1/admin/jobs/1")
        #expect(
            job.text.contains(
                #"{"model":"ease","promoted":false,"reason":"too many items","start":null,"version":null}"#
            ))
    }

    @Test func cancelsAJobOnce() async throws {
        let service = try await TestService()
        _ = try await service.post("/v1/admin/retrain", "{}")
        let cancelled = try await service.send(.delete, "/v1/admin/jobs/1")
        #expect(cancelled.status == 200)
        #expect(cancelled.json["state"] == .string("cancelled"))
        let again = try await service.send(.delete, "/v1/admin/jobs/1")
        #expect(again.status == 409)
        #expect(again.problem == "job-has-ended")
        #expect(try await service.send(.delete, "/v1/admin/jobs/9").status == 404)
        #expect(try await service.get("/v1/admin/jobs/9").status == 404)
        #expect(try await service.get("/v1/admin/jobs/x").status == 404)
    }

    @Test(arguments: [
        (#"{"models":["oracle"]}"#, "unknown-model"), (#"{"models":[]}"#, "invalid-request"),
        (#"{"mode":"cold"}"#, "invalid-request"), (#"{"mode":1}"#, "invalid-json"),
        (#"{"models":"ease"}"#, "invalid-json"), ("nonsense", "invalid-json"),
    ])
    func refusesAJob(body: String, problem: String) async throws {
        let service = try await TestService()
        let answer = try await service.post("/v1/admin/retrain", body)
        #expect(answer.status == 400)
        #expect(answer.problem == problem)
    }

    // MARK: - Models

    @Test func activatesAndRollsBack() async throws {
        let service = try await TestService()
        for counts in [[1, 2], [2, 1]] {
            _ = try await service.putCheckpoint(items: ["a", "b"], counts: counts)
        }
        let path = "/v1/admin/models/popularity/"
        let first = try await service.post(path + "activate", #"{"version":1}"#)
        #expect(first.status == 200)
        #expect(inService(first) == .integer(1))
        let early = try await service.post(path + "rollback", "")
        #expect(early.status == 409)
        #expect(early.problem == "no-previous-version")
        #expect(
            inService(try await service.post(path + "activate", #"{"version":2}"#)) == .integer(2))
        let back = try await service.post(path + "rollback", "")
        #expect(back.status == 200)
        #expect(inService(back) == .integer(1))
        #expect(service.recommendations.slots.current("popularity")?.version == 1)
        #expect(try await service.post(path + "activate", #"{"version":3}"#).status == 404)
        #expect(try await service.post(path + "activate", "{}").status == 400)
        #expect(try await service.post("/v1/admin/models/oracle/rollback", "").status == 404)
    }

    @Test func refusesAVersionThatCannotBeServedAndKeepsTheOldOne() async throws {
        let service = try await TestService()
        let good = try await service.putCheckpoint(items: ["a", "b"], counts: [1, 2])
        let bad = try await service.putCheckpoint(
            items: ["a", "b"], counts: [1, 2], sampled: [5, 5])
        let path = "/v1/admin/models/popularity/activate"
        _ = try await service.post(path, #"{"version":\#(good)}"#)
        for _ in 0..<2 {
            let answer = try await service.post(path, #"{"version":\#(bad)}"#)
            #expect(answer.status == 409)
            #expect(answer.problem == "version-not-servable")
        }
        #expect(service.recommendations.slots.current("popularity")?.version == good)
        let versions = try await service.get("/v1/admin/models/popularity/versions")
        #expect(versions.text.contains(#""state":"broken""#))
    }

    /// Found by schemathesis: such numbers were said to be no JSON.
    @Test(arguments: ["9328518213652864565248", "1.5", "-1e300"])
    func refusesANumberThatNoVersionHas(number: String) async throws {
        let service = try await TestService()
        let answer = try await service.post(
            "/v1/admin/models/popularity/activate", #"{"version":\#(number)}"#)
        #expect(answer.status == 400)
        #expect(
            answer.json["detail"]
                == "a number in the body is no integer, or out of its field's range")
        let broken = try await service.post("/v1/admin/models/popularity/activate", "{")
        #expect(broken.json["detail"] == "the body is not valid JSON")
    }

    @Test func listsModelsWithNullWhereNoneIsInService() async throws {
        let service = try await TestService()
        let version = try await service.putCheckpoint(items: ["a"], counts: [1])
        _ = try await service.post(
            "/v1/admin/models/popularity/activate", #"{"version":\#(version)}"#)
        let models = try await service.get("/v1/admin/models")
        #expect(models.text.contains(#"{"inService":null,"name":"ease"}"#))
        #expect(models.text.contains(#""inService":{"ageSeconds":0,"#))
        // The test's version has no metrics; it answers newcomers too.
        for length in ["0", "1-9", "10-49", "50-199", "200+"] {
            let choice =
                #"{"estimate":null,"historyLength":"\#(length)","metric":null,"model":"popularity","value":null,"#
                + #""version":\#(version)}"#
            #expect(models.text.contains(choice))
        }
        let weights = try await service.get("/v1/admin/models/popularity/versions/1/weights")
        #expect(weights.status == 200)
        #expect(weights.response.fields["Content-Type"] == "application/octet-stream")
        #expect(
            weights.response.body
                == (try TestCheckpoint.make(items: ["a"], counts: [1]).encoded()))
        #expect(
            try await service.get("/v1/admin/models/popularity/versions/9/weights").status == 404)
        #expect(
            try await service.get("/v1/admin/models/popularity/versions/x/weights").status == 404)
    }

    @Test func doesNotSendWeightsThatTheClientHas() async throws {
        let service = try await TestService()
        _ = try await service.putCheckpoint(items: ["a"], counts: [1])
        let path = "/v1/admin/models/popularity/versions/1/weights"
        let first = try await service.get(path)
        let tag = try #require(first.response.fields["ETag"])
        let second = try await service.send(.get, path, fields: ["If-None-Match": tag])
        #expect(second.status == 304)
        #expect(second.response.body.isEmpty)
    }

    /// Whose parts are gone, so that loading it fails.
    @Test func asksForTheETagBeforeItLoadsWeights() async throws {
        let service = try await TestService()
        _ = try await service.putCheckpoint(items: ["a"], counts: [1])
        let path = "/v1/admin/models/popularity/versions/1/weights"
        let tag = try #require(try await service.get(path).response.fields["ETag"])
        try await service.database.store.write("lose parts") {
            try $0.db.execute(sql: "DELETE FROM checkpoint_parts")
        }
        #expect(try await service.get(path).status == 500)
        let kept = try await service.send(.get, path, fields: ["If-None-Match": tag])
        #expect(kept.status == 304)
        let other = try await service.send(.get, path, fields: ["If-Match": #""other""#])
        #expect(other.status == 412)
    }

    @Test func refusesBodiesOfAnotherType() async throws {
        let service = try await TestService()
        for (method, path) in [
            (HTTP.Method.post, "/v1/admin/models/popularity/activate"),
            (.post, "/v1/recommendations"), (.post, "/v1/admin/retrain"), (.put, "/v1/items/a"),
            (.patch, "/v1/users/a"),
        ] {
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/x-ndjson"]
            {
                let answer = try await service.send(
                    method, path, "{}", fields: ["Content-Type": type])
                #expect(answer.status == 415, "\(method) \(path) \(type)")
            }
            let answer = try await service.send(
                method, path, "{}", fields: ["Content-Type": "Application/JSON; charset=utf-8"])
            #expect(answer.status != 415)
        }
    }

    /// A checkpoint that is still being written isn't there for anybody.
    @Test func refusesAVersionThatIsStillBeingWritten() async throws {
        let service = try await TestService()
        _ = try await service.database.store.beginCheckpoint(model: "popularity", watermark: .zero)
        let path = "/v1/admin/models/popularity"
        #expect(try await service.post(path + "/activate", #"{"version":1}"#).status == 404)
        #expect(try await service.get(path + "/versions/1/weights").status == 409)
    }

    // MARK: - The rest

    @Test func countsWhatIsStored() async throws {
        let service = try await TestService()
        try await service.database.store.append([("u", "view", "a"), ("u", "view", "b")])
        service.database.clock.advance(by: .seconds(90))
        #expect(
            try await service.get("/v1/admin/stats").text
                == #"{"events":2,"items":2,"lastSequence":2,"models":{},"recommendations":{"days":30,"log":{"dropped":0,"failedWrites":0,"kept":0,"samplingRate":1,"waiting":0},"models":[],"positions":[],"unknownLinks":{}},"uptimeSeconds":90,"users":1,"usersInMemory":0}"#
        )
    }

    @Test func isReadyWhenItSaysSo() async throws {
        let service = try await TestService()
        #expect(try await service.get("/health/live").status == 200)
        let starting = try await service.get("/health/ready")
        #expect(starting.status == 503)
        #expect(starting.response.fields["Retry-After"] == "1")
        #expect(starting.json["detail"] == .string("not ready: starting"))
        service.readiness.becomeReady()
        #expect(try await service.get("/health/ready").text == #"{"status":"ready"}"#)
        service.readiness.becomeUnready("stopping")
        #expect(try await service.get("/health/ready").status == 503)
    }

    @Test func answersEveryRouteOnlyWithTheKey() async throws {
        let service = try await TestService(key: "secret")
        for path in ["/v1/admin/stats", "/v1/items", "/nowhere"] {
            #expect(try await service.get(path).status == 401)
        }
        let fields: Fields = ["Authorization": "Bearer secret"]
        #expect(try await service.send(.get, "/v1/items", fields: fields).status == 200)
        #expect(try await service.send(.get, "/nowhere", fields: fields).problem == "not-found")
        let notAllowed = try await service.send(.put, "/v1/events", fields: fields)
        #expect(notAllowed.status == 405)
        #expect(notAllowed.response.fields["Allow"] == "OPTIONS, POST")
    }

    /// Whoever may ask at all may know how.
    @Test func aPathAnswersOtherMethodsToWhomItLetsIn() async throws {
        let service = try await TestService(key: "secret")
        for (method, path) in [
            (.put, "/health/live"), (.delete, "/health/ready"), (.post, "/openapi.json"),
        ] as [(HTTP.Method, String)] {
            let refused = try await service.send(method, path)
            #expect(refused.status == 405)
            #expect(refused.response.fields["Allow"] == "GET, HEAD, OPTIONS")
            let options = try await service.send(.options, path)
            #expect(options.status == 204)
            #expect(options.response.fields["Allow"] == "GET, HEAD, OPTIONS")
        }
        for method in [.put, .options] as [HTTP.Method] {
            #expect(try await service.send(method, "/v1/events").status == 401)
        }
        let (key, text) = try await service.database.store.createKey(
            .init(name: "a", scopes: ["recommendations"]))
        service.keys.add(key)
        for (method, status) in [(.put, 403), (.options, 403)] as [(HTTP.Method, Int)] {
            #expect(try await service.send(method, "/v1/events", key: text).status == status)
        }
        #expect(try await service.send(.options, "/v1/recommendations", key: text).status == 204)
    }

    @Test func refusesQueryParametersThatNoRouteKnows() async throws {
        let service = try await TestService()
        for path in ["/v1/admin/stats", "/v1/admin/models", "/v1/users/u", "/v1/items/i"] {
            #expect(try await service.get(path + "?x=1").problem == "unknown-parameter")
        }
    }
}
