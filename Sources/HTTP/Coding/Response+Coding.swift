/// How an answer goes out: judged by the request's conditions, and packed where the client wants
/// that and it pays.
extension Response {
    /// Below this packing saves no packet.
    package static let minPackedBytes = 1024

    /// An answer that is settled but for the work of packing it.
    package struct Settled: Sendable {
        package let response: Response
        /// `packed` is what shall go out.
        package let isToBePacked: Bool

        /// The answer with its content packed. Work for its length: about 4 µs for each KiB.
        package var packed: Response {
            guard isToBePacked, let body = Gzip.pack(response.body),
                body.count < response.body.count
            else { return response }
            var packed = response
            packed.body = body
            packed.fields.append(name: "Content-Encoding", value: "gzip")
            return packed
        }
    }

    /// HEAD is answered as GET, so that its fields are those that GET's answer would have (RFC 9110
    /// section 9.3.2).
    package func settled(for request: Request) -> Settled {
        let judged = suited(to: request)
        guard mayBePacked, judged.status == status || judged.status == .notModified else {
            return Settled(response: judged, isToBePacked: false)
        }
        let coding = ContentCoding.preferred(by: request.fields)
        let response = judged.varying(by: coding)
        return Settled(
            response: response, isToBePacked: coding == .gzip && judged.status == status)
    }

    /// Text of some length that isn't packed yet. What is dense already, such as weights, gains
    /// nothing.
    private var mayBePacked: Bool {
        guard body.count >= Self.minPackedBytes, status.allowsContent,
            !fields.contains("Content-Encoding")
        else { return false }
        let type = mediaType.lowercased()
        return type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("+xml")
            || type == "application/javascript"
    }

    /// Tells caches what the content depends on. The same ETag may not name two sequences of bytes;
    /// a weak one names what they mean (section 8.8.3.3).
    private func varying(by coding: ContentCoding) -> Response {
        var response = self
        response.fields.append(name: "Vary", value: "Accept-Encoding")
        if coding == .gzip, let tag = response.fields["ETag"], !tag.hasPrefix("W/") {
            response.fields["ETag"] = "W/" + tag
        }
        return response
    }
}
