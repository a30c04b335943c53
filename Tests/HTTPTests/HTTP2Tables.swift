import HTTP2Frames
import Testing

/// Frames behind the preface and SETTINGS, and what the engine makes of them.
struct HTTP2Case: Sendable, CustomTestStringConvertible {
    let rule: String
    let frames: [Frame]
    /// The events, or for a bad case the one error.
    let expected: [String]

    init(_ rule: String, _ frames: [Frame], _ expected: String...) {
        (self.rule, self.frames, self.expected) = (rule, frames, expected)
    }

    var bytes: [UInt8] { Frame.start() + frames.flatMap(\.bytes) }
    var testDescription: String { rule }
}

private func head(
    _ path: String = "/", method: String = "GET", _ more: (String, String)...
) -> Frame {
    .headers(1, Frame.request(path, method: method, more))
}

private func post(_ more: (String, String)...) -> Frame {
    .headers(1, Frame.request("/", method: "POST", more), ends: false)
}

let goodHTTP2 = [
    HTTP2Case(
        "RFC 9113, 8.3.1: a request", [head("/a?b=c", ("x", "y"))],
        "head 1 GET /a none [host=h|x=y]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.3.1: Host in the place of :authority",
        [.headers(1, [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "b")])],
        "head 1 GET / none [host=b]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.3.1: both, and equal", [head("/", ("host", "h"))],
        "head 1 GET / none [host=h]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.3.1: OPTIONS of the server", [head("*", method: "OPTIONS")],
        "head 1 OPTIONS * none [host=h]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.2.3: cookies are one field", [head("/", ("cookie", "a=b"), ("cookie", "c=d"))],
        "head 1 GET / none [host=h|cookie=a=b; c=d]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.2.2: te: trailers", [head("/", ("te", "trailers"))],
        "head 1 GET / none [host=h|te=trailers]", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.1: content of known length",
        [post(("content-length", "5")), .data(1, "hel", ends: false), .data(1, "lo")],
        "head 1 POST / length(5) [host=h|content-length=5]", "body 1 hello", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.1: content of unknown length, ended by an empty frame",
        [post(), .data(1, "hello", ends: false), .data(1, "")],
        "head 1 POST / unknownLength [host=h]", "body 1 hello", "end 1"),
    HTTP2Case(
        "RFC 9113, 8.1: trailers are dropped",
        [post(), .data(1, "x", ends: false), .headers(1, [("t", "t")])],
        "head 1 POST / unknownLength [host=h]", "body 1 x", "end 1"),
    HTTP2Case(
        "RFC 9113, 6.10: a head in three frames",
        [
            .headers(1, Frame.request("/a"), isWhole: false),
            .continuation(1, [("b", "c")], isWhole: false), .continuation(1, [("d", "e")]),
        ],
        "head 1 GET /a none [host=h|b=c|d=e]", "end 1"),
    HTTP2Case(
        "RFC 9113, 6.1: padding",
        [post(), Frame(0, flags: 0x9, stream: 1, [2, 0x68, 0x69, 0, 0])],
        "head 1 POST / unknownLength [host=h]", "body 1 hi", "end 1"),
    HTTP2Case(
        "RFC 9113, 5: streams interleave",
        [
            post(), .headers(3, Frame.request("/", method: "POST"), ends: false),
            .data(1, "a", ends: false), .data(3, "b"), .data(1, "c"),
        ],
        "head 1 POST / unknownLength [host=h]", "head 3 POST / unknownLength [host=h]",
        "body 1 a", "body 3 b", "end 3", "body 1 c", "end 1"),
    HTTP2Case(
        "RFC 9113, 5.5: an unknown frame", [Frame(0xBB, stream: 0, [1, 2, 3]), head()],
        "head 1 GET / none [host=h]", "end 1"),
    HTTP2Case(
        "RFC 9113, 6.5.2: an unknown setting", [.settings([(0x99, 1)]), head()],
        "head 1 GET / none [host=h]", "end 1"),
    HTTP2Case(
        "RFC 9113, 6.3: PRIORITY is passed over",
        [Frame(2, stream: 1, [0, 0, 0, 0, 9]), head("/", ("priority", "u=1"))],
        "head 1 GET / none [host=h|priority=u=1]", "end 1"),
    HTTP2Case(
        "RFC 9113, 5.4.2: a reset stream", [post(), .resetStream(1)],
        "head 1 POST / unknownLength [host=h]", "closed 1"),
]

private func get(_ stream: UInt32, priority: String? = nil) -> Frame {
    .headers(stream, Frame.request("/", priority.map { [("priority", $0)] } ?? []))
}

/// Two requests, and their streams in the order of the DATA frames, two for each.
let prioritizedHTTP2 = [
    HTTP2Case("RFC 9218, 4: neither says anything", [get(1), get(3)], "1", "1", "3", "3"),
    HTTP2Case(
        "RFC 9218, 4.1: urgency", [get(1, priority: "u=5"), get(3, priority: "u=0")],
        "3", "3", "1", "1"),
    HTTP2Case(
        "RFC 9218, 4.2: incremental ones take turns",
        [get(1, priority: "i"), get(3, priority: "i")], "1", "3", "1", "3"),
    HTTP2Case(
        "RFC 9218, 7.1: PRIORITY_UPDATE", [get(1), get(3), .priorityUpdate(3, "u=0")],
        "3", "3", "1", "1"),
    HTTP2Case(
        "RFC 9218, 7.1: PRIORITY_UPDATE counts more than the field",
        [get(1), get(3, priority: "u=5"), .priorityUpdate(3, "u=0")], "3", "3", "1", "1"),
    HTTP2Case(
        "RFC 9218, 7.1: PRIORITY_UPDATE ahead of its request",
        [.priorityUpdate(3, "u=0"), get(1), get(3)], "3", "3", "1", "1"),
]

/// A fault of one request: its stream is reset, or it is answered with a status.
let badHTTP2Requests = [
    HTTP2Case(
        "RFC 9113, 8.3: no :path",
        [.headers(1, [(":method", "GET"), (":scheme", "http"), (":authority", "h")])], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.3: no :method",
        [.headers(1, [(":scheme", "http"), (":path", "/"), (":authority", "h")])], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.3: no :scheme",
        [.headers(1, [(":method", "GET"), (":path", "/"), (":authority", "h")])], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3.1: two :path", [head("/", (":path", "/"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3.1: an empty :path", [head("")], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3.1: a :path without a slash", [head("a")], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3.1: * without OPTIONS", [head("*")], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.3.1: neither :authority nor Host",
        [.headers(1, [(":method", "GET"), (":scheme", "http"), (":path", "/")])], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3.1: two authorities", [head("/", ("host", "other"))], "failed 1 400"),
    HTTP2Case(
        "RFC 9113, 8.3.1: another scheme",
        [
            .headers(
                1, [(":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "h")])
        ], "failed 1 400"),
    HTTP2Case("RFC 9113, 8.3: an unknown one", [head("/", (":x", "y"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.3: one for responses", [head("/", (":status", "200"))], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.3: behind a regular field",
        [
            .headers(
                1,
                [
                    (":method", "GET"), (":scheme", "http"), ("a", "b"), (":path", "/"),
                    ("host", "h"),
                ]
            )
        ], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: upper case", [head("/", ("X-Y", "z"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: a space in a name", [head("/", ("x y", "z"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: NUL in a value", [head("/", ("x", "a\0b"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: CR in a value", [head("/", ("x", "a\rb"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: LF in a value", [head("/", ("x", "a\nb"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.1: a space before a value", [head("/", ("x", " a"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.2: Connection", [head("/", ("connection", "close"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.2: Upgrade", [head("/", ("upgrade", "h2c"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.2: Keep-Alive", [head("/", ("keep-alive", "1"))], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.2.2: Transfer-Encoding", [post(("transfer-encoding", "chunked"))], "reset 1 1"),
    HTTP2Case("RFC 9113, 8.2.2: te: gzip", [head("/", ("te", "gzip"))], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.1.1: content longer than it says",
        [post(("content-length", "1")), .data(1, "ab")], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.1.1: content shorter than it says",
        [post(("content-length", "3")), .data(1, "ab")], "reset 1 1"),
    HTTP2Case(
        "RFC 9110, 8.6: two lengths",
        [post(("content-length", "1"), ("content-length", "1"))], "reset 1 1"),
    HTTP2Case("RFC 9110, 8.6: a sign", [post(("content-length", "+1"))], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.1: a pseudo-header field in trailers",
        [post(), .headers(1, [(":path", "/")])], "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.2.2: Connection in trailers", [post(), .headers(1, [("connection", "x")])],
        "reset 1 1"),
    HTTP2Case(
        "RFC 9113, 8.1: trailers that end nothing",
        [post(), .headers(1, [("t", "t")], ends: false)], "reset 1 1"),
    HTTP2Case("RFC 9110, 9.1: the method is no token", [head("/", method: "G@T")], "reset 1 1"),
    HTTP2Case(
        "RFC 9110, 7.2: a user in :authority",
        [
            .headers(
                1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "u@h")])
        ], "failed 1 400"),
    HTTP2Case(
        "RFC 3986, 3.2.2: brackets around no address in :authority",
        [
            .headers(
                1,
                [
                    (":method", "GET"), (":scheme", "http"), (":path", "/"),
                    (":authority", "[[::x"),
                ])
        ], "failed 1 400"),
    HTTP2Case(
        "RFC 3986, 3.2.3: no port in :authority",
        [
            .headers(
                1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "h:x")])
        ], "failed 1 400"),
    HTTP2Case(
        "RFC 9110, 7.2: a path in Host",
        [
            .headers(1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "h/x")])
        ], "reset 1 1"),
    HTTP2Case(
        "RFC 9110, 7.2: two Hosts",
        [
            .headers(
                1,
                [
                    (":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "h"),
                    ("host", "h"),
                ])
        ], "reset 1 1"),
    HTTP2Case("RFC 3986, 2.1: a broken escape", [head("/?a=%4")], "failed 1 400"),
    HTTP2Case("RFC 3986, 3.5: a fragment", [head("/a#b")], "failed 1 400"),
    HTTP2Case("RFC 3986, 2: a space in the path", [head("/a b")], "reset 1 1"),
    HTTP2Case(
        "RFC 9110, 9.3.6: CONNECT",
        [.headers(1, [(":method", "CONNECT"), (":authority", "h:1")], ends: false)], "failed 1 501"),
    HTTP2Case(
        "RFC 9110, 10.1.1: another expectation", [post(("expect", "cake"))], "failed 1 417"),
    HTTP2Case(
        "RFC 9113, 6.9.1: a stream's window overflows",
        [post(), .windowUpdate(1, 0x7FFF_FFFF)], "reset 1 3"),
]

/// A fault that leaves the connection in doubt, or that libnghttp2 takes for one, as RFC 9113 section
/// 5.4.1 lets it.
let badHTTP2Connections = [
    HTTP2Case("RFC 9113, 6.1: DATA on stream 0", [Frame(0, stream: 0, [1])], "goaway 1"),
    HTTP2Case("RFC 9113, 5.1: DATA on an idle stream", [.data(1, "a")], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.1: more padding than frame",
        [
            post(), Frame(0, flags: 0x9, stream: 1, [9, 1, 2]),
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.2: HEADERS on stream 0",
        [
            .headers(0, Frame.request("/"))
        ], "goaway 1"),
    HTTP2Case("RFC 9113, 5.1.1: an even stream", [.headers(2, Frame.request("/"))], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.3: PRIORITY of four bytes",
        [
            Frame(2, stream: 1, [0, 0, 0, 0])
        ], "goaway 6"),
    HTTP2Case("RFC 9113, 6.4: RST_STREAM on stream 0", [.resetStream(0)], "goaway 1"),
    HTTP2Case("RFC 9113, 6.4: RST_STREAM on an idle stream", [.resetStream(1)], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.4: RST_STREAM of three bytes",
        [
            post(), Frame(3, stream: 1, [0, 0, 0]),
        ], "goaway 6"),
    HTTP2Case("RFC 9113, 6.5: SETTINGS on a stream", [Frame(4, stream: 1)], "goaway 1"),
    HTTP2Case("RFC 9113, 6.5: SETTINGS of five bytes", [Frame(4, [0, 0, 0, 0, 0])], "goaway 6"),
    HTTP2Case(
        "RFC 9113, 6.5: an acknowledgement with settings",
        [
            Frame(4, flags: 1, [0, 1, 0, 0, 0, 0])
        ], "goaway 6"),
    HTTP2Case("RFC 9113, 6.5.2: ENABLE_PUSH 2", [.settings([(2, 2)])], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.5.2: INITIAL_WINDOW_SIZE above 2^31-1",
        [
            .settings([(4, 0x8000_0000)])
        ], "goaway 3"),
    HTTP2Case("RFC 9113, 6.5.2: MAX_FRAME_SIZE below 2^14", [.settings([(5, 100)])], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 8.4: PUSH_PROMISE of a client",
        [
            post(), Frame(5, flags: 4, stream: 1, [0, 0, 0, 2]),
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.7: PING on a stream",
        [
            Frame(6, stream: 1, .init(repeating: 0, count: 8))
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.7: PING of seven bytes",
        [
            Frame(6, .init(repeating: 0, count: 7))
        ], "goaway 6"),
    HTTP2Case(
        "RFC 9113, 6.8: GOAWAY on a stream",
        [
            Frame(7, stream: 1, .init(repeating: 0, count: 8))
        ], "goaway 1"),
    HTTP2Case("RFC 9113, 6.9: WINDOW_UPDATE by 0", [.windowUpdate(0, 0)], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.9: WINDOW_UPDATE of three bytes",
        [
            Frame(8, stream: 0, [0, 0, 1])
        ], "goaway 6"),
    HTTP2Case(
        "RFC 9113, 6.9.1: the window overflows",
        [
            .windowUpdate(0, 0x7FFF_FFFF)
        ], "goaway 3"),
    HTTP2Case(
        "RFC 9113, 6.10: CONTINUATION of nothing",
        [
            .continuation(1, [("a", "b")])
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.10: another frame inside a field block",
        [
            .headers(1, Frame.request("/"), isWhole: false), .ping(),
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.10: CONTINUATION of another stream",
        [
            .headers(1, Frame.request("/"), isWhole: false), .continuation(3, [("a", "b")]),
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 4.2: a frame that is too long",
        [
            Frame(0, stream: 1, .init(repeating: 0, count: 16_385))
        ], "goaway 6"),
    HTTP2Case(
        "RFC 9113, 4.3: a field block that can't be read",
        [
            Frame(1, flags: 5, stream: 1, [0x80])
        ], "goaway 9"),
    HTTP2Case(
        "RFC 7540, 5.3.1: a stream that depends on itself",
        [
            Frame(
                1, flags: 0x25, stream: 1, [0, 0, 0, 1, 0] + Frame.fieldBlock(Frame.request("/")))
        ], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 6.9: WINDOW_UPDATE by 0 on a stream", [post(), .windowUpdate(1, 0)], "goaway 1"),
    HTTP2Case(
        "RFC 9113, 5.1: DATA behind the end", [post(), .data(1, "a"), .data(1, "b")], "goaway 5"),
]
