#include "CSimdjson.h"

#include <cmath>
#include <deque>
#include <new>
#include <string>
#include <string_view>

#include <simdjson.h>

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

// No exception leaves this file: simdjson's are not used, and memory that isn't there ends the
// process, as it does in Swift.
struct event_parser {
    simdjson::dom::parser parser;
    // A single element, or the array's next.
    element single;
    array::iterator next;
    bool is_list = false;
    // Texts that aren't in the parser's own memory.
    std::deque<std::string> owned;

    json_text own(std::string text) {
        owned.push_back(std::move(text));
        return {reinterpret_cast<const uint8_t *>(owned.back().data()), owned.back().size()};
    }
};

namespace {

// Deeper is left to the decoder, which has its own bound.
constexpr size_t depth = 64;

bool parse(event_parser *parser, const uint8_t *bytes, size_t length, element &root) {
    parser->owned.clear();
    return parser->parser.parse(bytes, length).get(root) == simdjson::SUCCESS;
}

// False for another type than text or null.
bool take(json_text &field, element value) {
    if (value.is_null()) return true;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return false;
    field = {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
    return true;
}

// What others may read otherwise: a number that is too small for a double is 0 here, and an error to
// them; one from 2^53 on is an integer to them where its text is one.
bool is_doubtful(element value) {
    double number = 1;
    return value.type() == element_type::DOUBLE && value.get(number) == simdjson::SUCCESS
        && (number == 0 || std::fabs(number) >= 9007199254740992.0);
}

// As deep as the parser went.
bool has_doubtful(element value) {
    array list;
    if (value.get(list) == simdjson::SUCCESS) {
        for (element child : list)
            if (has_doubtful(child)) return true;
    }
    object members;
    if (value.get(members) == simdjson::SUCCESS) {
        for (auto [key, child] : members)
            if (has_doubtful(child)) return true;
    }
    return is_doubtful(value);
}

bool take_value(event_fields &fields, element value) {
    if (value.is_null()) return true;
    if (is_doubtful(value) || value.get(fields.value) != simdjson::SUCCESS) return false;
    fields.has_value = std::isfinite(fields.value);
    return fields.has_value;
}

bool take_time(event_fields &fields, element value) {
    if (value.is_null()) return true;
    if (value.type() != element_type::INT64) return take(fields.time_text, value);
    fields.has_time = true;
    return value.get(fields.time) == simdjson::SUCCESS;
}

bool take_properties(event_parser *parser, json_text &field, element value) {
    if (value.is_null()) return true;
    if (!value.is_object() || has_doubtful(value)) return false;
    field = parser->own(simdjson::minify(value));
    return true;
}

// False where the decoder has to look at the element.
bool read(event_parser *parser, element source, event_fields &fields) {
    object members;
    if (source.get(members) != simdjson::SUCCESS) return false;
    // A null counts for a repeat, too.
    unsigned seen = 0;
    auto is_first = [&seen](int field) {
        bool first = !(seen & 1u << field);
        seen |= 1u << field;
        return first;
    };
    for (auto [key, value] : members) {
        bool is_good = true;
        if (key == "type") is_good = is_first(0) && take(fields.type, value);
        else if (key == "user") is_good = is_first(1) && take(fields.user, value);
        else if (key == "item") is_good = is_first(2) && take(fields.item, value);
        else if (key == "id") is_good = is_first(3) && take(fields.id, value);
        else if (key == "time") is_good = is_first(4) && take_time(fields, value);
        else if (key == "value") is_good = is_first(5) && take_value(fields, value);
        else if (key == "session") is_good = is_first(6) && take(fields.session, value);
        else if (key == "recommendation") is_good = is_first(7) && take(fields.recommendation, value);
        else if (key == "properties")
            is_good = is_first(8) && take_properties(parser, fields.properties, value);
        if (!is_good) return false;
    }
    return fields.type.bytes && fields.user.bytes && fields.item.bytes;
}

}  // namespace

event_parser *event_parser_create(void) {
    auto *parser = new (std::nothrow) event_parser;
    if (parser && parser->parser.allocate(1024, depth) != simdjson::SUCCESS) {
        delete parser;
        return nullptr;
    }
    return parser;
}

void event_parser_destroy(event_parser *parser) { delete parser; }

size_t event_parser_capacity(const event_parser *parser) { return parser->parser.capacity(); }

ptrdiff_t event_parser_upload(event_parser *parser, const uint8_t *bytes, size_t length) {
    element root;
    if (!parse(parser, bytes, length, root)) return -1;
    array list;
    parser->is_list = root.get(list) == simdjson::SUCCESS;
    if (!parser->is_list) {
        object members;
        if (root.get(members) != simdjson::SUCCESS) return -1;
        int found = 0;
        for (auto [key, value] : members) {
            if (key != "events") continue;
            if (++found > 1 || value.get(list) != simdjson::SUCCESS) return -1;
        }
        parser->is_list = found == 1;
    }
    parser->single = root;
    if (!parser->is_list) return 1;
    parser->next = list.begin();
    // `size` stops counting at 2^24.
    ptrdiff_t count = 0;
    for (element ignored : list) {
        (void)ignored;
        count++;
    }
    return count;
}

ptrdiff_t event_parser_line(event_parser *parser, const uint8_t *bytes, size_t length) {
    parser->is_list = false;
    return parse(parser, bytes, length, parser->single) ? 1 : -1;
}

event_fields event_parser_next(event_parser *parser) {
    element source = parser->single;
    if (parser->is_list) {
        source = *parser->next;
        ++parser->next;
    }
    event_fields fields = {};
    fields.is_clean = read(parser, source, fields);
    return fields;
}
