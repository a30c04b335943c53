import HTTP
import HTTPServer

extension Route {
    /// The handler, for content that may come packed (`Content-Encoding: gzip`). It is unpacked off
    /// the event loop, and bounded as if it had come as it is: a stream's reader sets its own bound.
    var unpackingHandler: Handler {
        switch body {
        case .none: handler
        case .collected(let maxBytes):
            { [handler] request in
                guard try ContentCoding(of: request) == .gzip else { return try handler(request) }
                return .work(for: request) {
                    var request = request
                    request.body = .collected(
                        try await request.body.unpacked.collect(
                            upTo: maxBytes, within: request.reservation))
                    return try await handler(request).response()
                }
            }
        case .streamed:
            { [handler] request in
                guard try ContentCoding(of: request) == .gzip else { return try handler(request) }
                var request = request
                request.body = request.body.unpacked
                return try handler(request)
            }
        }
    }
}

extension RequestBody {
    /// The content of a gzip content, unpacked as it is read.
    fileprivate var unpacked: RequestBody {
        switch self {
        case .stream(let source): .stream(GzipBody(source))
        case .collected(let bytes): .stream(GzipBody(BytesSource(bytes)))
        }
    }
}
