import HTTP
import Sockets
import Support

/// Tells of answers: the metrics always, the log and the observer where somebody listens.
extension Worker {
    /// An answer has been encoded.
    ///
    /// - Parameters:
    ///   - request: Nil where not even the head could be read.
    ///   - start: When the head was complete; nil where it never was.
    func report(
        _ request: Request?, _ response: Response, requestID: String, isHead: Bool,
        _ version: HTTPVersion, since start: MonotonicTime?
    ) {
        let now = loop.currentTime
        let nanoseconds = start.map { now.nanoseconds - $0.nanoseconds } ?? 0
        metrics.note(request, isHead: isHead, version, response, nanoseconds: nanoseconds)
        guard options.onAnswered != nil || logger.logLevel <= .debug else { return }
        let hasContent = !isHead && response.status.allowsContent
        let done = AnsweredRequest(
            method: request?.method, route: request?.route ?? "", status: response.status,
            contentBytes: hasContent ? response.body.count : 0,
            duration: .nanoseconds(nanoseconds), version: version, requestID: requestID)
        options.onAnswered?(done)
        logger.debug(
            "answered",
            metadata: [
                "method": "\(done.method?.rawValue ?? "")", "route": "\(done.route)",
                "status": "\(done.status.code)", "bytes": "\(done.contentBytes)",
                "duration": "\(done.duration)", "request": "\(done.requestID)",
            ])
    }
}
