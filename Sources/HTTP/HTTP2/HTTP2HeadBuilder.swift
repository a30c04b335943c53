/// Puts the head of an HTTP/2 request together, field by field, and judges it at the end.
///
/// What makes a request malformed by RFC 9113 section 8.1.1 (absent or repeated pseudo-header fields,
/// upper case, fields that are about the connection, control characters, content of another length
/// than Content-Length says) libnghttp2 has refused before, by resetting the stream. This adds what
/// HTTP/1.1's head is held to as well, so that the handlers needn't tell the two apart.
struct HTTP2HeadBuilder {
    let stream: StreamID
    /// For trailers: their number and size are bounded, then they are dropped, as in HTTP/1.1.
    let isTrailers: Bool
    private(set) var method = Method.get
    private var path = ""
    private var schemeIsHTTP = false
    /// What `:authority` or, without it, Host said; the place of the one that is kept in `entries`.
    private var host: Fields.Entry?
    private var hostIsAuthority = false
    private var cookies: [UInt8] = []
    private var contentLength: Int?
    private var expectsContinue = false
    private var bytes: [UInt8] = []
    private var entries: [Fields.Entry] = []
    private var listBytes = 0
    private var count = 0
    /// The first rule that was broken. The fields behind it aren't kept.
    private var problem: Problem?

    init(stream: StreamID, isTrailers: Bool) {
        self.stream = stream
        self.isTrailers = isTrailers
        if !isTrailers {
            bytes.reserveCapacity(192)
            entries.reserveCapacity(8)
        }
    }

    mutating func add(
        name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, _ limits: HTTPLimits
    ) {
        guard problem == nil else {
            listBytes += name.count + value.count + 32
            return
        }
        do throws(Problem) {
            try count(name, value, limits)
            guard !isTrailers else { return }
            if name.first == ASCII.colon {
                try interpretPseudo(name, value, limits)
            } else {
                try interpret(name, value)
            }
        } catch {
            problem = error
        }
    }

    /// Beyond what is answered with 431: a byte can stand for a field of 4 KiB (RFC 7541 section
    /// 6.1), and each is unpacked and looked at.
    func isExcessive(_ limits: HTTPLimits) -> Bool {
        listBytes > Self.excess * limits.maxHeaderBytes
    }

    private static let excess = 4

    /// - Parameter isWhole: No content follows.
    mutating func finish(isWhole: Bool) throws(Problem) -> RequestHead {
        if let problem { throw problem }
        let parsed = try RequestTarget(path, method: method)
        guard schemeIsHTTP else {
            throw .badRequest("invalid-target", "the scheme is neither http nor https")
        }
        if !cookies.isEmpty { append(name: "cookie", value: cookies) }
        try checkHost()
        return RequestHead(
            method: method, path: parsed.path, query: parsed.query,
            fields: Fields(checked: bytes, entries: entries), framing: framing(isWhole),
            expectsContinue: expectsContinue && !isWhole)
    }

    /// The trailers' end.
    func check() throws(Problem) {
        if let problem { throw problem }
    }

    /// The size of a field section (RFC 9113 section 6.5.2).
    private mutating func count(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>,
        _ limits: HTTPLimits
    ) throws(Problem) {
        listBytes += name.count + value.count + 32
        count += 1
        guard listBytes <= limits.maxHeaderBytes else {
            throw HeadBuilder.tooLong(.requestHeaderFieldsTooLarge, limit: limits.maxHeaderBytes)
        }
        guard count <= limits.maxHeaderCount else { throw HeadBuilder.tooManyFields }
    }

    private mutating func interpretPseudo(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>,
        _ limits: HTTPLimits
    ) throws(Problem) {
        if ASCII.equal(name, lowercased: ":method") {
            guard !value.isEmpty, value.allSatisfy(ASCII.isToken) else {
                throw .badRequest("invalid-request-line", "the method is no token")
            }
            method = Method(rawValue: String(decoding: value, as: UTF8.self))
        } else if ASCII.equal(name, lowercased: ":path") {
            guard value.count <= limits.maxRequestLineBytes else {
                throw HeadBuilder.tooLong(.uriTooLong, limit: limits.maxRequestLineBytes)
            }
            guard HeadBuilder.isTarget(value) else {
                throw .badRequest(
                    "invalid-target", "the request target has an invalid character")
            }
            path = String(decoding: value, as: UTF8.self)
        } else if ASCII.equal(name, lowercased: ":scheme") {
            schemeIsHTTP =
                ASCII.equal(value, lowercased: "http") || ASCII.equal(value, lowercased: "https")
        } else {
            append(name: "host", value: value)
            (host, hostIsAuthority) = (entries.last, true)
        }
    }

    private mutating func interpret(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) throws(Problem) {
        switch name.count {
        case 4 where ASCII.equal(name, lowercased: "host"):
            if let host {
                // RFC 9113 section 8.3.1: the two must not differ.
                guard hostIsAuthority, text(of: host).elementsEqual(value) else {
                    throw .badRequest("invalid-host", "there are two hosts")
                }
            } else {
                append(name: "host", value: value)
                host = entries.last
            }
            return
        case 6 where ASCII.equal(name, lowercased: "cookie"):
            // RFC 9113 section 8.2.3: the parts are one field again.
            if !cookies.isEmpty { cookies += "; ".utf8 }
            cookies += value
            return
        case 6 where ASCII.equal(name, lowercased: "expect"):
            guard ASCII.equal(value, lowercased: "100-continue") else {
                throw Problem(.expectationFailed, type: "expectation-failed")
            }
            expectsContinue = true
        case 14 where ASCII.equal(name, lowercased: "content-length"):
            contentLength = try HeadBuilder.length(value)
        default: break
        }
        append(name: name, value: value)
    }

    private func checkHost() throws(Problem) {
        guard let host else {
            throw .badRequest("invalid-host", "there is neither :authority nor Host")
        }
        try HeadBuilder.check(host: text(of: host))
    }

    private func text(of entry: Fields.Entry) -> ArraySlice<UInt8> {
        bytes[Int(entry.valueStart)..<Int(entry.valueStart + entry.valueCount)]
    }

    private func framing(_ isWhole: Bool) -> BodyFraming {
        if isWhole { return .none }
        return contentLength.map { .length($0) } ?? .unknownLength
    }

    private mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        entries.append(
            Fields.Entry(
                nameStart: Int32(nameStart), nameCount: Int32(name.count),
                valueStart: Int32(bytes.count), valueCount: Int32(value.count)))
        bytes.append(contentsOf: value)
    }

    private mutating func append(name: StaticString, value: some Collection<UInt8>) {
        append(
            name: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            value: value)
    }
}
