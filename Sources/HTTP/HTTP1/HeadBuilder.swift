/// Puts a request's head together, line by line, and judges it at the end.
struct HeadBuilder {
    private var method = Method.get
    private var target = ""
    private var isHTTP10 = false
    private var bytes: [UInt8] = []
    private var entries: [Fields.Entry] = []
    private var hostCount = 0
    private var contentLength: Int?
    private var transferCodings: [String] = []
    private var hasTransferEncoding = false
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false
    private var asksForUpgrade = false

    /// `method SP request-target SP HTTP-version` (RFC 9112 section 3), with single spaces.
    mutating func read(requestLine line: ArraySlice<UInt8>) throws(Problem) {
        guard let first = line.firstIndex(of: ASCII.space),
            let last = line.lastIndex(of: ASCII.space), first < last,
            !line[(first + 1)..<last].contains(ASCII.space)
        else {
            throw .badRequest("invalid-request-line", "the request line has not three parts")
        }
        let (name, uri) = (line[..<first], line[(first + 1)..<last])
        guard !name.isEmpty, name.allSatisfy(ASCII.isToken) else {
            throw .badRequest("invalid-request-line", "the method is no token")
        }
        guard Self.isTarget(uri) else {
            throw .badRequest("invalid-target", "the request target has an invalid character")
        }
        isHTTP10 = try Self.isHTTP10(line[(last + 1)...])
        method = Method(rawValue: String(decoding: name, as: UTF8.self))
        target = String(decoding: uri, as: UTF8.self)
    }

    /// One field line (RFC 9112 section 5).
    mutating func add(fieldLine line: ArraySlice<UInt8>, _ limits: HTTPLimits) throws(Problem) {
        guard entries.count < limits.maxHeaderCount else { throw Self.tooManyFields }
        let field = try FieldLine(line)
        if entries.isEmpty {
            bytes.reserveCapacity(256)
            entries.reserveCapacity(8)
        }
        let nameStart = Int32(bytes.count)
        bytes.append(contentsOf: field.name)
        let valueStart = Int32(bytes.count)
        bytes.append(contentsOf: field.value)
        entries.append(
            Fields.Entry(
                nameStart: nameStart, nameCount: Int32(field.name.count),
                valueStart: valueStart, valueCount: Int32(field.value.count)))
        try interpret(field)
    }

    /// The checked head; the builder is spent then.
    mutating func finish() throws(Problem) -> RequestHead {
        // RFC 9112 section 3.2: exactly one Host in HTTP/1.1; never two.
        guard hostCount == 1 || (hostCount == 0 && isHTTP10) else {
            throw .badRequest("invalid-host", "there must be exactly one Host field")
        }
        let parsed = try RequestTarget(target, method: method)
        var fields = Fields(checked: bytes, entries: entries)
        // Section 3.2.2: the authority of an absolute-form target takes Host's place.
        if let authority = parsed.authority {
            try Self.check(host: authority.utf8)
            fields["Host"] = authority
        }
        return RequestHead(
            method: method, path: parsed.path, query: parsed.query,
            fields: fields, framing: try framing(),
            expectsContinue: expectsContinue && !isHTTP10,
            keepsAlive: !closes && (!isHTTP10 || keepsAlive), isHTTP10: isHTTP10,
            asksForUpgrade: asksForUpgrade)
    }

    /// RFC 9112 section 3.2 asks for a URI; characters that a URI would encode, such as |, are let
    /// through as browsers send them, but no control characters, no obs-text and no fragment.
    static func isTarget(_ text: some Collection<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: "#") }
    }

    static let tooManyFields = Problem(
        .requestHeaderFieldsTooLarge, type: "header-too-large", "there are too many fields")

    static func tooLong(_ status: Status, limit: Int) -> Problem {
        switch status {
        case .uriTooLong:
            Problem(status, type: "target-too-long", "the request line is too long")
        case .requestHeaderFieldsTooLarge:
            Problem(status, type: "header-too-large", "the fields are too large")
        default: .badRequest("invalid-chunk", "a chunk's size line is longer than \(limit) bytes")
        }
    }

    /// Notes what the fields that frame the message say. Their number is small and their names'
    /// lengths differ, so the length finds them.
    private mutating func interpret(_ field: FieldLine) throws(Problem) {
        switch field.name.count {
        case 4 where field.isNamed("host"):
            hostCount += 1
            try Self.check(host: field.value)
        case 6 where field.isNamed("expect"):
            // RFC 9110 section 10.1.1: 100-continue is the only expectation there is.
            guard field.valueIs("100-continue") else {
                throw Problem(.expectationFailed, type: "expectation-failed")
            }
            expectsContinue = true
        case 7 where field.isNamed("upgrade"):
            asksForUpgrade = true
        case 10 where field.isNamed("connection"):
            for option in field.listElements() {
                closes = closes || option == "close"
                keepsAlive = keepsAlive || option == "keep-alive"
            }
        case 14 where field.isNamed("content-length"):
            guard contentLength == nil else {
                throw .badRequest("invalid-content-length", "there are two Content-Length fields")
            }
            contentLength = try Self.length(field.value)
        case 17 where field.isNamed("transfer-encoding"):
            hasTransferEncoding = true
            transferCodings += field.listElements()
        default: break
        }
    }

    /// RFC 9112 section 6.3, in its order.
    private func framing() throws(Problem) -> BodyFraming {
        guard hasTransferEncoding else {
            return contentLength.map { $0 == 0 ? .none : .length($0) } ?? .none
        }
        // Section 6.1: a request with both may be an attempt at smuggling, and one of HTTP/1.0
        // with Transfer-Encoding is faulty.
        guard contentLength == nil, !isHTTP10 else {
            throw .badRequest(
                "invalid-transfer-encoding", "Transfer-Encoding isn't allowed in this request")
        }
        if transferCodings == ["chunked"] { return .chunked }
        // Sections 6.1 and 7.1: chunked is applied once, and last.
        guard let last = transferCodings.last, !transferCodings.dropLast().contains("chunked")
        else {
            throw .badRequest("invalid-transfer-encoding", "chunked must come once, and last")
        }
        throw Problem(
            .notImplemented, type: "unknown-transfer-coding",
            "chunked is the only transfer coding here" + (last == "chunked" ? ", and alone" : ""))
    }

    /// `HTTP/1.x` (RFC 9112 section 2.3). A minor version above 1 is served as 1.1 (RFC 9110
    /// section 2.5).
    private static func isHTTP10(_ version: ArraySlice<UInt8>) throws(Problem) -> Bool {
        let (digits, prefix) = (version.suffix(3), version.dropLast(3))
        guard prefix.elementsEqual("HTTP/".utf8), digits.count == 3,
            let major = digits.first, let minor = digits.last,
            ASCII.isDigit(major), ASCII.isDigit(minor), digits.dropFirst().first == 0x2E
        else { throw .badRequest("invalid-request-line", "the HTTP version is malformed") }
        guard major == UInt8(ascii: "1") else {
            throw Problem(
                .httpVersionNotSupported, type: "http-version-not-supported",
                "this connection speaks HTTP/1.1")
        }
        return minor == UInt8(ascii: "0")
    }

    /// RFC 9112 section 3.2: 400 for an invalid value.
    static func check(host: some Collection<UInt8>) throws(Problem) {
        guard HostSyntax.isValid(host) else {
            throw .badRequest("invalid-host", "the Host field is malformed")
        }
    }

    /// `1*DIGIT` (RFC 9110 section 8.6): no sign, no list. What doesn't fit an Int is too large
    /// for any route, so its size no longer matters.
    static func length(_ value: some Collection<UInt8>) throws(Problem) -> Int {
        guard !value.isEmpty, value.allSatisfy(ASCII.isDigit) else {
            throw .badRequest("invalid-content-length", "Content-Length is no number")
        }
        return Int(String(decoding: value, as: UTF8.self)) ?? .max
    }
}
