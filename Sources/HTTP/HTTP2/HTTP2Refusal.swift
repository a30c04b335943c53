/// What the server didn't take of a client over HTTP/2, for whoever counts it. The words are labels
/// of metrics; limits go by what they bound in `HTTP2Limits`.
package enum HTTP2Refusal: Hashable, Sendable {
    case connection(Ending)
    case stream(Reset)

    /// Why a connection was ended that its client would have kept.
    package enum Ending: String, CaseIterable, Sendable {
        case continuations
        case settings
        case acknowledgements
        case resets
        case idleFrames = "idle-frames"
        /// Of a request whose fields are far too many.
        case fields
        /// The client broke a rule of RFC 9113 that leaves the connection in doubt.
        case protocolError = "protocol-error"
        case internalError = "internal-error"
    }

    /// Why a stream was reset before it was answered.
    package enum Reset: String, CaseIterable, Sendable {
        /// More were open than may be.
        case concurrentStreams = "concurrent-streams"
        /// More handlers ran for the connection than it may have.
        case runningHandlers = "running-handlers"
        /// The request broke a rule of RFC 9113 section 8.
        case malformed
        case flowControl = "flow-control"
        case other
    }
}

extension HTTP2Refusal.Ending {
    /// Of a GOAWAY that the library sent by itself: what it does where its limits are crossed, and
    /// with what code, is in none of its answers to us.
    init?(ofGoaway error: UInt32) {
        switch HTTP2ErrorCode(rawValue: error) {
        case .noError: return nil
        case .enhanceYourCalm: self = .settings
        case .internalError: self = .resets
        default: self = .protocolError
        }
    }
}

extension HTTP2Refusal.Reset {
    /// Of an RST_STREAM that was sent; nil where the answer came before it.
    init?(ofReset error: UInt32) {
        switch HTTP2ErrorCode(rawValue: error) {
        case .noError: return nil
        case .refusedStream: self = .concurrentStreams
        case .protocolError: self = .malformed
        case .flowControlError: self = .flowControl
        default: self = .other
        }
    }
}
