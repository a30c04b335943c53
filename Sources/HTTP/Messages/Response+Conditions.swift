extension Response {
    /// What becomes of a good answer to GET or HEAD under the request's conditions: 406 where Accept
    /// excludes it (RFC 9110 section 12.5.1), and where the answer has an ETag, 412 or 304 as
    /// section 13.2.2 orders them. An answer that may be kept by clients has an ETag; others needn't
    /// care.
    package func suited(to request: Request) -> Response {
        guard status.code == 200, request.method == .get || request.method == .head else {
            return self
        }
        if !isAcceptable(to: request) {
            return Problem(
                .notAcceptable, type: "not-acceptable", "the answer is \(mediaType)"
            ).response(instance: request.path)
        }
        guard let tag = fields["ETag"].flatMap(EntityTag.list)?.first else { return self }
        let names = Preconditions(request.fields)
        if names.forbid(tag) {
            return Problem(.preconditionFailed, type: "precondition-failed")
                .response(instance: request.path)
        }
        return names.haveKept(tag) ? notModified : self
    }

    var mediaType: Substring { (fields["Content-Type"] ?? "").prefix { $0 != ";" } }

    private func isAcceptable(to request: Request) -> Bool {
        let takesAll = request.fields.withFirst("Accept") { $0.elementsEqual("*/*".utf8) } ?? true
        if takesAll || body.isEmpty { return true }
        let accepted = request.fields.values(of: "Accept").joined(separator: ",")
        return MediaRange.accept(accepted, allows: mediaType)
    }

    /// The fields that section 15.4.5 asks for.
    private var notModified: Response {
        var kept = Fields()
        for name in ["ETag", "Cache-Control", "Vary"] {
            if let value = fields[name] { kept.append(name: name, value: value) }
        }
        return Response(status: .notModified, fields: kept)
    }
}

/// If-Match and If-None-Match. There is no modification date here to compare with.
private struct Preconditions {
    private let match: String?
    private let noneMatch: String?

    init(_ fields: Fields) {
        match = Self.list("If-Match", of: fields)
        noneMatch = Self.list("If-None-Match", of: fields)
    }

    private static func list(_ name: String, of fields: Fields) -> String? {
        fields.contains(name) ? fields.values(of: name).joined(separator: ",") : nil
    }

    func forbid(_ tag: EntityTag) -> Bool {
        guard let match, match != "*" else { return false }
        return EntityTag.list(match)?.contains { $0.stronglyMatches(tag) } == false
    }

    func haveKept(_ tag: EntityTag) -> Bool {
        guard let noneMatch else { return false }
        return noneMatch == "*"
            || EntityTag.list(noneMatch)?.contains { $0.weaklyMatches(tag) } == true
    }
}
