// The system's libnghttp2: framing, HPACK, flow control and the states of streams (RFC 9113).
#include <nghttp2/nghttp2.h>
