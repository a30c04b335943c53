import HTTP
import HTTPServer

/// A kind of thing that is uploaded many at a time: how one is read and judged, and how they are
/// stored. Reading, chunks and the bounds on memory are the same for every kind.
protocol UploadKind: SendableMetatype {
    /// An element with the verdict on it, in the form in which it waits to be stored: no larger than
    /// what was sent, but for the value itself.
    associatedtype Judged: Sendable

    /// How many are stored in one transaction.
    static var chunkCount: Int { get }

    func judge(json body: [UInt8]) throws -> [Judged]
    func judge(line: [UInt8]) -> Judged

    /// Stores what can be stored of one transaction's worth, which may be nothing.
    ///
    /// - Parameter start: The place in the upload of the first one.
    mutating func store(_ chunk: ArraySlice<Judged>, from start: Int) async throws

    /// The answer, once all is stored.
    func response() throws -> Response
}

/// What bounds the memory of an upload, of whatever kind.
enum UploadBounds {
    static let lineBytes = 1 << 20
    /// Of a JSON body: all its elements are in memory together.
    static let jsonElements = 10_000
    /// However long the lines are, no more than this waits in memory to be stored.
    static let chunkBytes = 8 << 20
}

extension APIService {
    /// Reads an upload off the event loop, and answers when it is stored.
    ///
    /// - Throws: `Problem`: 415 for another type of content, 503 where as many uploads run as may.
    func take<Kind: UploadKind>(
        _ request: Request, as kind: @escaping @Sendable () -> Kind
    ) throws -> Reply {
        let type = try ContentType(request)
        let place = try uploadPlaces.take()
        return .work(for: request) {
            defer { withExtendedLifetime(place) {} }
            var upload = kind()
            switch type {
            case .json: try await upload.storeJSON(of: request, upTo: options.maximumBodyBytes)
            case .ndjson: try await upload.storeLines(of: request)
            }
            return try upload.response()
        }
    }
}

extension UploadKind {
    fileprivate mutating func storeJSON(of request: Request, upTo maxBytes: Int) async throws {
        let judged = try judge(
            json: try await request.body.collect(upTo: maxBytes, within: request.reservation))
        try request.reservation?.grow(by: judged.count * MemoryLayout<Judged>.stride)
        var start = 0
        repeat {
            let end = min(start + Self.chunkCount, judged.count)
            try await store(judged[start..<end], from: start)
            start = end
        } while start < judged.count
    }

    /// A stream of any length: what is complete is stored, chunk by chunk.
    fileprivate mutating func storeLines(of request: Request) async throws {
        var lines = LineReader(
            request.body, maximumBytes: UploadBounds.lineBytes, within: request.reservation,
            overhead: MemoryLayout<Judged>.stride)
        var (chunk, bytes, done) = ([Judged](), 0, 0)
        while let line = try await lines.next() {
            chunk.append(judge(line: line))
            bytes += line.count
            guard chunk.count == Self.chunkCount || bytes >= UploadBounds.chunkBytes else {
                continue
            }
            try await store(chunk[...], from: done)
            done += chunk.count
            (chunk, bytes) = ([], 0)
            lines.giveBack()
        }
        try await store(chunk[...], from: done)
    }
}
