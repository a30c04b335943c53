import CNGHTTP2

/// A response's fields in the form that libnghttp2 takes. Used again and again, so that a response
/// costs no allocation here.
struct FieldBlock {
    private var bytes: [UInt8] = []
    private var lengths: [(name: Int, value: Int, flags: nghttp2_nv_flag)] = []
    private var pairs: [nghttp2_nv] = []

    mutating func fill(_ response: Response, requestID: String, date: [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        add(":status", decimal: response.status.code)
        add("server", "starling".utf8)
        add("date", date)
        // Each is another: in the client's table it would only drive out those that come again.
        add("x-request-id", requestID.utf8, flags: NGHTTP2_NV_FLAG_NO_INDEX)
        response.fields.forEachRaw { name, value in
            bytes += name
            bytes += value
            lengths.append((name.count, value.count, NGHTTP2_NV_FLAG_NONE))
        }
        if response.status.allowsContent { add("content-length", decimal: response.body.count) }
    }

    mutating func fillContinue() {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        add(":status", decimal: Status.continue.code)
    }

    /// The library copies what it is given, with the names in lower case (RFC 9113 section 8.2.1).
    mutating func withPairs<Result>(
        _ body: (UnsafeBufferPointer<nghttp2_nv>) -> Result
    ) -> Result {
        pairs.removeAll(keepingCapacity: true)
        return bytes.withUnsafeMutableBufferPointer { all in
            var position = all.baseAddress
            for (name, value, flags) in lengths {
                let start = position
                position = position.map { $0 + name + value }
                pairs.append(
                    nghttp2_nv(
                        name: start, value: start.map { $0 + name }, namelen: name,
                        valuelen: value, flags: UInt8(flags.rawValue)))
            }
            return pairs.withUnsafeBufferPointer(body)
        }
    }

    private mutating func add(
        _ name: StaticString, _ value: some Collection<UInt8>,
        flags: nghttp2_nv_flag = NGHTTP2_NV_FLAG_NONE
    ) {
        bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes += value
        lengths.append((name.utf8CodeUnitCount, value.count, flags))
    }

    private mutating func add(_ name: StaticString, decimal number: Int) {
        bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let start = bytes.count
        HTTP1Encoder.append(decimal: number, to: &bytes)
        lengths.append((name.utf8CodeUnitCount, bytes.count - start, NGHTTP2_NV_FLAG_NONE))
    }
}
