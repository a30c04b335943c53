import HTTP
import HTTPServer
import Support

/// A request's field lines, and behind a NUL the bytes that follow where they ask for HTTP/2: whatever
/// the fields say of encodings, media types, tags and proxies, the answer is one of the few that
/// there can be, and an upgraded engine lives.
func fuzzFields(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let lines = parts.first ?? []
    for method in ["GET", "HEAD"] {
        let text = Array("\(method) /page HTTP/1.1\r\nHost: localhost\r\n".utf8) + lines
        let limits = HTTPLimits()
        var engine = HTTP1Engine(limits: limits)
        (text + Array("\r\n\r\n".utf8)).withUnsafeBytes { engine.receive($0) }
        guard case .head(let head) = engine.next() else { return }
        checkAnswer(to: Request(head, id: "id"))
        checkClient(of: head.fields)
        if let settings = HTTP2Upgrade.settings(of: head),
            let upgraded = HTTP2Engine(
                upgrading: head, settings: settings, limits: limits)
        {
            let rest = parts.count > 1 ? Array(parts[1]) : []
            serveHTTP2(rest, upgraded, maxHeaderCount: limits.maxHeaderCount)
        }
    }
}

private let page: Response = {
    var page = Response(text: String(repeating: "text ", count: 300))
    page.fields.append(name: "ETag", value: "\"tag\"")
    return page
}()

private func checkAnswer(to request: Request) {
    let settled = page.settled(for: request)
    precondition(
        [200, 304, 406, 412].contains(settled.response.status.code),
        "\(settled.response.status.code)")
    precondition(
        !settled.isToBePacked || request.fields.contains("Accept-Encoding"),
        "packed for a client that didn't ask")
    do throws(Problem) {
        _ = try ContentCoding(of: request)
    } catch {
        precondition(error.status.code == 415, "\(error.status.code)")
    }
}

/// Who isn't trusted is the client; and a request's own word never makes it a program on this machine,
/// where no proxy on it has written so.
private func checkClient(of fields: Fields) {
    guard let stranger = IPAddress("192.0.2.1"), let local = IPAddress("127.0.0.1"),
        let everybody = IPNetwork("0.0.0.0/0")
    else { preconditionFailure("addresses") }
    for field in ForwardedClient.Field.allCases {
        let one = ForwardedClient(trustedProxies: [], field: field)
        let named = one.client(of: fields, behind: local)
        precondition(fields.contains(field.rawValue) || !named.isLoopback, "\(named)")
        let all = ForwardedClient(trustedProxies: [everybody], field: field)
        _ = all.client(of: fields, behind: stranger)
    }
}
