// The system's zlib: deflate and gzip (RFC 1951, 1952).
#include <zlib.h>
