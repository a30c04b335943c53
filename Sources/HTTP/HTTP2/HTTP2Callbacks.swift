import CNGHTTP2

/// What libnghttp2 calls. Each finds its engine in `userData`.
enum HTTP2Callbacks {
    static func set(on callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, beginFrame)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, beginHeaders)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalidHeader)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceived)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSent)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, unpackExtension)
        nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(callbacks, skipExtension)
    }

    private static let beginFrame: nghttp2_on_begin_frame_callback = { _, head, userData in
        guard let head else { return 0 }
        return with(userData) { $0.frameBegins(head.pointee) ? 0 : callbackFailure }
    }

    private static let beginHeaders: nghttp2_on_begin_headers_callback = { _, frame, userData in
        guard let frame else { return 0 }
        return with(userData) { engine in
            engine.builder = HTTP2HeadBuilder(
                stream: StreamID(frame.pointee.hd.stream_id),
                isTrailers: frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST)
            return 0
        }
    }

    private static let header: nghttp2_on_header_callback = {
        _, _, name, nameCount, value, valueCount, _, userData in
        with(userData) { engine in
            engine.builder?.add(
                name: UnsafeBufferPointer(start: name, count: nameCount),
                value: UnsafeBufferPointer(start: value, count: valueCount), engine.limits)
            guard engine.builder?.isExcessive(engine.limits) != true else {
                engine.violation = .init(.enhanceYourCalm, .fields)
                return callbackFailure
            }
            return 0
        }
    }

    /// A field that section 8.2.1 forbids makes the request malformed; left alone, the library
    /// would drop the field and let the rest through.
    private static let invalidHeader: nghttp2_on_invalid_header_callback = {
        _, _, _, _, _, _, _, _ in NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }

    private static let frameReceived: nghttp2_on_frame_recv_callback = { _, frame, userData in
        guard let frame else { return 0 }
        return with(userData) { engine in
            engine.received(frame.pointee)
            return 0
        }
    }

    private static let dataReceived: nghttp2_on_data_chunk_recv_callback = {
        _, _, stream, bytes, count, userData in
        with(userData) { engine in
            engine.received(UnsafeBufferPointer(start: bytes, count: count), on: StreamID(stream))
            return 0
        }
    }

    private static let frameSent: nghttp2_on_frame_send_callback = { _, frame, userData in
        guard let frame else { return 0 }
        return with(userData) { engine in
            engine.sent(frame.pointee)
            return 0
        }
    }

    private static let streamClosed: nghttp2_on_stream_close_callback = { _, stream, _, userData in
        with(userData) { engine in
            engine.closed(StreamID(stream))
            return 0
        }
    }

    static let readContent: nghttp2_data_source_read_callback = {
        _, stream, buffer, length, flags, _, userData in
        Int(
            with(userData) { engine in
                let target = UnsafeMutableBufferPointer(start: buffer, count: length)
                let (count, isLast) = engine.fill(target, from: StreamID(stream))
                if isLast { flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
                return Int32(count)
            })
    }

    private static let unpackExtension: nghttp2_unpack_extension_callback = { _, _, _, _ in
        NGHTTP2_ERR_CANCEL.rawValue
    }

    private static let skipExtension: nghttp2_on_extension_chunk_recv_callback = {
        _, _, _, _, _ in NGHTTP2_ERR_CANCEL.rawValue
    }

    private static let callbackFailure = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue

    @inline(__always)
    private static func with(
        _ userData: UnsafeMutableRawPointer?, _ body: (HTTP2Engine) -> Int32
    ) -> Int32 {
        guard let userData else { return callbackFailure }
        return Unmanaged<HTTP2Engine>.fromOpaque(userData)._withUnsafeGuaranteedRef(body)
    }
}
