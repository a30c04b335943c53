import HTTP

/// A target is read or refused with 400 or 501; what was read means the same when written anew.
func fuzzQuery(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    precondition(PercentEncoding.decode(PercentEncoding.encode(text)[...].utf8) == text, "\(bytes)")
    for method in [Method.get, .options] {
        do throws(Problem) {
            let target = try RequestTarget(text, method: method)
            precondition(
                target.path == "*" || target.path.utf8.first == UInt8(ascii: "/"),
                "a path without a slash")
            let ends: Set = [UInt8(ascii: "/"), UInt8(ascii: "?")]
            precondition(
                target.authority?.utf8.contains(where: ends.contains) != true,
                "an authority with a path")
            checkThatItStays(target.query)
        } catch {
            precondition([400, 501].contains(error.status.code), "\(error.status.code)")
        }
    }
}

private func checkThatItStays(_ query: [QueryItem]) {
    let text = query.map {
        PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
    }
    .joined(separator: "&")
    precondition(QueryItem.parse(text[...].utf8) == query, "a query that changes when written")
}
