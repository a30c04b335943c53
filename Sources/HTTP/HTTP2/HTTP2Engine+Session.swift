import CNGHTTP2

extension HTTP2Engine {
    static func makeSession(_ limits: HTTP2Limits) -> OpaquePointer {
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        var session: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        nghttp2_option_new(&option)
        HTTP2Callbacks.set(on: callbacks)
        set(limits, on: option)
        nghttp2_session_server_new2(&session, callbacks, nil, option)
        nghttp2_option_del(option)
        nghttp2_session_callbacks_del(callbacks)
        guard let session else { preconditionFailure("no memory for an HTTP/2 session") }
        return session
    }

    private static func set(_ limits: HTTP2Limits, on option: OpaquePointer?) {
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        // The library counts each read that ends inside a CONTINUATION frame's nine bytes as a frame
        // of its own, so a client on a slow line would be taken for a flood. We count the frames.
        nghttp2_option_set_max_continuations(option, 9 * (limits.maxContinuations + 1))
        nghttp2_option_set_max_settings(option, limits.maxSettings)
        nghttp2_option_set_max_outbound_ack(option, limits.maxOutboundAcknowledgements)
        nghttp2_option_set_stream_reset_rate_limit(
            option, UInt64(limits.resetBurst), UInt64(limits.resetsPerSecond))
        // Priorities of RFC 9218. Other extensions are read for nothing but to count them.
        let priorityUpdate = UInt8(NGHTTP2_PRIORITY_UPDATE.rawValue)
        nghttp2_option_set_builtin_recv_extension_type(option, priorityUpdate)
        for type in UInt8(0xA)...UInt8.max where type != priorityUpdate {
            nghttp2_option_set_user_recv_extension_type(option, type)
        }
    }

    /// What the client is told of the limits, as the first frame (RFC 9113 section 3.4).
    static func submitSettings(_ limits: HTTPLimits, to session: OpaquePointer) {
        let settings: [(nghttp2_settings_id, Int)] = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.http2.maxConcurrentStreams),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.http2.streamWindowBytes),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maxHeaderBytes),
            (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        let entries = settings.map { id, value in
            nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let submitted = nghttp2_submit_settings(session, none, entries, entries.count)
        let resized = nghttp2_session_set_local_window_size(
            session, none, 0, Int32(limits.http2.connectionWindowBytes))
        precondition(submitted == 0 && resized == 0, "the HTTP/2 limits are no settings")
    }
}
