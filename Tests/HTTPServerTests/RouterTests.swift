import HTTP
import HTTPServer
import Logging
import Testing

/// Through the dispatcher, as the server uses it, without sockets.
@Suite struct RouterTests {
    private func answer(_ method: Method, _ target: String) async throws -> Response {
        var router = Router()
        func say(_ name: String) -> Handler {
            { request in
                let text = ["item", "user"]
                    .compactMap { name in request.parameters[name].map { "\(name)=\($0)" } }
                    .joined(separator: ",")
                return .now(Response(text: "\(name) \(text)"))
            }
        }
        router.on(.get, "/", say("root"))
        router.on(.get, "/users/{user}", say("user"))
        router.on(.put, "/users/{user}", say("put"))
        router.on(.get, "/users/me", say("me"))
        router.on(.get, "/users/{user}/items/{item}", say("item"))
        router.on(.get, "/users/me/events", say("events"))
        let dispatcher = Dispatcher(router: router, logger: Logger(label: "test"))
        return await dispatcher.answer(try Request(method: method, target: target))
    }

    private func body(_ target: String) async throws -> String {
        String(decoding: try await answer(.get, target).body, as: UTF8.self)
    }

    @Test func findsTheRoute() async throws {
        #expect(try await body("/") == "root ")
        #expect(try await body("/users/u1") == "user user=u1")
        #expect(try await body("/users/u1/items/i%2F1?x=y") == "item item=i/1,user=u1")
    }

    @Test func aLiteralWinsAndAParameterIsTheWayBack() async throws {
        #expect(try await body("/users/me") == "me ")
        #expect(try await body("/users/m%65") == "me ")
        #expect(try await body("/users/me/events") == "events ")
        #expect(try await body("/users/me/items/1") == "item item=1,user=me")
    }

    @Test(arguments: [
        ("/users", 404), ("/users/u/items", 404), ("/users/", 400), ("//", 400),
        ("/users//items/1", 400), ("/users/%zz", 400), ("/users/%ff", 400),
    ])
    func refuses(target: String, status: Int) async throws {
        #expect(try await answer(.get, target).status.code == status)
    }

    @Test func knowsTheMethods() async throws {
        let refused = try await answer(.post, "/users/u")
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.fields["Allow"] == "GET, HEAD, OPTIONS, PUT")
        let options = try await answer(.options, "/users/u")
        #expect(options.status == .noContent)
        #expect(options.fields["Allow"] == "GET, HEAD, OPTIONS, PUT")
        #expect(try await answer(.head, "/users/u").status == .ok)
        #expect(try await answer(.options, "*").status == .noContent)
        #expect(try await answer(Method(rawValue: "BREW"), "/").status == .notImplemented)
        #expect(try await answer(.put, "/users/u").status == .ok)
    }
}
