// Event JSON through simdjson (https://simdjson.org), in C, for Swift: what it reads without any
// doubt. Everything else, errors included, is left to the slow decoder, which can say what is wrong.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct event_parser event_parser;

// UTF-8, not ended by a zero; bytes is NULL where there is none.
typedef struct {
    const uint8_t *bytes;
    size_t length;
} json_text;

// One element of an upload. Its texts live until the parser parses again.
typedef struct {
    json_text id, type, user, item, recommendation, session, time_text;
    // The properties object as compact JSON, its members in the order sent.
    json_text properties;
    double value;
    int64_t time;
    bool has_value, has_time;
    // False where the element isn't an event with each field once and of its type, or has a number
    // that another reader might refuse: then the decoder must read the upload.
    bool is_clean;
} event_fields;

// NULL without memory.
event_parser *event_parser_create(void);
void event_parser_destroy(event_parser *parser);

// Of the longest document, in bytes, for which it holds memory.
size_t event_parser_capacity(const event_parser *parser);

// How many elements an upload of one of the forms EVENT, [EVENT, ...] and {"events": [EVENT, ...]}
// has; -1 where it is none of these for sure.
ptrdiff_t event_parser_upload(event_parser *parser, const uint8_t *bytes, size_t length);

// 1 for a line that is JSON, to be read as one element; -1 where it isn't for sure.
ptrdiff_t event_parser_line(event_parser *parser, const uint8_t *bytes, size_t length);

// The elements of what was parsed last, one after the other; call it as often as there are any.
event_fields event_parser_next(event_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
