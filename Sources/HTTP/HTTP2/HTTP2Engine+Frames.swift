import CNGHTTP2

/// What the callbacks tell.
extension HTTP2Engine {
    /// False where the client has sent too many frames that bring nothing.
    func frameBegins(_ head: nghttp2_frame_hd) -> Bool {
        idleFrames += 1
        continuations =
            UInt32(head.type) == NGHTTP2_CONTINUATION.rawValue ? continuations + 1 : 0
        guard idleFrames <= limits.http2.maxIdleFrames else {
            violation = .init(.enhanceYourCalm, .idleFrames)
            return false
        }
        guard continuations <= limits.http2.maxContinuations else {
            violation = .init(.enhanceYourCalm, .continuations)
            return false
        }
        return true
    }

    func received(_ frame: nghttp2_frame) {
        let stream = StreamID(frame.hd.stream_id)
        let endsStream = UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
        switch UInt32(frame.hd.type) {
        case NGHTTP2_HEADERS.rawValue:
            guard var finished = builder.take() else { return }
            if finished.isTrailers {
                trailersEnded(finished, stream)
            } else {
                headEnded(&finished, stream, isWhole: endsStream)
            }
        case NGHTTP2_DATA.rawValue:
            if endsStream { note(.end(stream)) }
        case NGHTTP2_SETTINGS.rawValue:
            guard let head = upgradedHead else { return }
            upgradedHead = nil
            note(.head(.upgraded, head))
            note(.end(.upgraded))
        case NGHTTP2_PING.rawValue:
            let isAnswer = UInt32(frame.hd.flags) & NGHTTP2_FLAG_ACK.rawValue != 0
            if isAnswer { note(.shutdownSeen) }
        default: break
        }
    }

    private func headEnded(
        _ builder: inout HTTP2HeadBuilder, _ stream: StreamID, isWhole: Bool
    ) {
        idleFrames = 0
        do throws(Problem) {
            note(.head(stream, try builder.finish(isWhole: isWhole)))
            if isWhole { note(.end(stream)) }
        } catch {
            note(.failed(stream, error, isHead: builder.method == .head))
        }
    }

    /// Trailers end the stream (RFC 9113 section 8.1); the library refuses others.
    private func trailersEnded(_ builder: HTTP2HeadBuilder, _ stream: StreamID) {
        do throws(Problem) {
            try builder.check()
            note(.end(stream))
        } catch {
            note(.failed(stream, error, isHead: false))
        }
    }

    func received(_ bytes: UnsafeBufferPointer<UInt8>, on stream: StreamID) {
        excuseFrames(for: bytes.count)
        note(.body(stream, Array(bytes)))
    }

    /// - Returns: How much there was, and whether that is all.
    func fill(
        _ target: UnsafeMutableBufferPointer<UInt8>, from stream: StreamID
    ) -> (count: Int, isLast: Bool) {
        guard let place = contents.firstIndex(where: { $0.stream == stream }) else {
            return (0, true)
        }
        let (bytes, sent) = (contents[place].bytes, contents[place].sent)
        let count = min(target.count, bytes.count - sent)
        _ = target.update(fromContentsOf: bytes[sent..<sent + count])
        unsentBytes -= count
        sentBytes += count
        excuseFrames(for: count)
        let isLast = sent + count == bytes.count
        if isLast { contents.remove(at: place) } else { contents[place].sent += count }
        return (count, isLast)
    }

    func sent(_ frame: nghttp2_frame) {
        switch UInt32(frame.hd.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            guard !streamsToReset.isEmpty,
                UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
            else { return }
            let stream = StreamID(frame.hd.stream_id)
            if streamsToReset.remove(stream) != nil { reset(stream, .noError) }
        case NGHTTP2_RST_STREAM.rawValue:
            sentReset(of: StreamID(frame.hd.stream_id), frame.rst_stream.error_code)
        case NGHTTP2_GOAWAY.rawValue:
            // One of our own is counted by `end`.
            guard violation == nil, let ending = Ending(ofGoaway: frame.goaway.error_code) else {
                return
            }
            refusals.append(.connection(ending))
        default: break
        }
    }

    private typealias Ending = HTTP2Refusal.Ending

    private func sentReset(of stream: StreamID, _ error: UInt32) {
        guard let reset = HTTP2Refusal.Reset(ofReset: error) else { return }
        let isOurs = streamsRefused.remove(stream) != nil
        refusals.append(.stream(isOurs ? .runningHandlers : reset))
    }

    func closed(_ stream: StreamID) {
        if let place = contents.firstIndex(where: { $0.stream == stream }) {
            let content = contents.remove(at: place)
            unsentBytes -= content.bytes.count - content.sent
        }
        if !streamsToReset.isEmpty { streamsToReset.remove(stream) }
        if builder?.stream == stream { builder = nil }
        note(.closed(stream))
    }
}
