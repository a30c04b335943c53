// Built and run by Benchmarks/ingest and Benchmarks/large-log: made-up events, either sent to a
// service or inserted by the barest loop into the tables that a service made.
//
//   http PORT single|json|ndjson|stream CONNECTIONS EVENTS FIRST USERS ITEMS
//   bare DATABASE GROUP EVENTS FIRST USERS ITEMS
//   fill DATABASE EVENTS FIRST USERS ITEMS     in bulk, without a care for a crash: a file to measure on
//
// Event n is the same in all of them: a random UUID, a user and an item by a long-tailed law.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

enum { batch_size = 1000, event_bytes = 256 };
static const char *const types[] = {"view", "click", "like", "cart", "purchase"};
static long users, items, first, count;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

// SplitMix64, of a counter: any event can be made without those before it.
static uint64_t draw(uint64_t n, uint64_t stream) {
    uint64_t z = (n * 8 + stream) * 0x9E3779B97F4A7C15u + 0x2545F4914F6CDD1Du;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static double uniform(uint64_t n, uint64_t stream) { return (draw(n, stream) >> 11) * 0x1p-53; }

struct event { uint64_t id[2]; long user, item; int type; int64_t time; };

static struct event make_event(long n) {
    double u = uniform(n, 2);
    return (struct event){
        .id = {draw(n, 0), draw(n, 1)},
        // Density x^-1/2: with 20 events a user on average, the busiest has 1,000 times as many.
        .user = (long)(u * u * users),
        // Density 1/x (Zipf).
        .item = (long)pow(items, uniform(n, 3)) - 1,
        .type = draw(n, 4) % 16 < 12 ? 0 : 1 + draw(n, 4) / 16 % 4,
        .time = 1750000000000 + n * 50,
    };
}

static char *put(char *out, const char *text) { return stpcpy(out, text); }

static char *put_number(char *out, int64_t number) {
    char digits[24];
    int length = 0;
    do digits[length++] = '0' + number % 10; while (number /= 10);
    while (length) *out++ = digits[--length];
    return out;
}

static char *put_uuid(char *out, const uint64_t id[2]) {
    for (int digit = 0; digit < 32; digit++) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) *out++ = '-';
        *out++ = "0123456789abcdef"[id[digit / 16] >> digit % 16 * 4 & 15];
    }
    return out;
}

static char *put_event(char *out, long n) {
    struct event event = make_event(n);
    out = put_uuid(put(out, "{\"id\":\""), event.id);
    out = put(put(put(out, "\",\"type\":\""), types[event.type]), "\",\"user\":\"u");
    out = put_number(put(put_number(out, event.user), "\",\"item\":\"i"), event.item);
    return put(put_number(put(out, "\",\"time\":"), event.time), "}");
}

// MARK: - Over HTTP

struct connection { int socket; char *output; size_t length, sent; double began; char input[4096]; size_t got; };
static enum { single, json, ndjson, stream } form;
static long made, acknowledged;
static double *latencies;
static long answers;
static int poller;

static void compose(struct connection *c) {
    long size = form == single ? 1 : count - made < batch_size ? count - made : batch_size;
    char *body = c->output + 256, *end = body;
    if (form == json) *end++ = '[';
    for (long n = 0; n < size; n++) {
        if (n && form == json) *end++ = ',';
        end = put_event(end, first + made + n);
        if (form == ndjson || form == stream) *end++ = '\n';
    }
    if (form == json) *end++ = ']';
    made += size;
    char head[256];
    int length = form == stream
        ? snprintf(head, sizeof head, "%zx\r\n", (size_t)(end - body))
        : snprintf(head, sizeof head,
            "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/%s\r\n"
            "Content-Length: %zu\r\n\r\n", form == ndjson ? "x-ndjson" : "json", (size_t)(end - body));
    if (form == stream) end = put(end, made == count ? "\r\n0\r\n\r\n" : "\r\n");
    memmove(c->output, head, length);
    memmove(c->output + length, body, end - body);
    c->length = length + (end - body);
    c->sent = 0;
}

static void await(struct connection *c, uint32_t what, int operation) {
    struct epoll_event event = {.events = what, .data.ptr = c};
    if (epoll_ctl(poller, operation, c->socket, &event)) FAIL("epoll: %s", strerror(errno));
}

static void send_more(struct connection *c) {
    while (c->sent < c->length) {
        ssize_t wrote = send(c->socket, c->output + c->sent, c->length - c->sent, MSG_NOSIGNAL);
        if (wrote < 0 && errno == EAGAIN) { await(c, EPOLLOUT | EPOLLIN, EPOLL_CTL_MOD); return; }
        if (wrote < 0) FAIL("send: %s", strerror(errno));
        c->sent += wrote;
        if (c->sent == c->length && form == stream && made < count) compose(c);
    }
    await(c, EPOLLIN, EPOLL_CTL_MOD);
}

static void begin(struct connection *c) {
    compose(c);
    c->began = seconds();
    send_more(c);
}

// True once the whole answer is there; its verdicts are added up.
static int receive(struct connection *c) {
    ssize_t got = recv(c->socket, c->input + c->got, sizeof c->input - 1 - c->got, 0);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) FAIL("the service closed the connection");
    c->input[c->got += got] = 0;
    char *body = strstr(c->input, "\r\n\r\n"), *length = strcasestr(c->input, "content-length: ");
    if (!body || !length || c->got < (size_t)(body + 4 - c->input) + atol(length + 16)) return 0;
    char *accepted = strstr(body, "\"accepted\":");
    if (strncmp(c->input, "HTTP/1.1 200", 12) || !accepted) FAIL("%s", c->input);
    acknowledged += atol(accepted + 11);
    c->got = 0;
    return 1;
}

static int by_size(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void report(double taken) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double processor = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    printf("{\"events\":%ld,\"seconds\":%.3f,\"processor\":%.3f", acknowledged, taken, processor);
    if (answers) {
        qsort(latencies, answers, sizeof *latencies, by_size);
        printf(",\"p50\":%.3f,\"p99\":%.3f,\"longest\":%.3f", latencies[answers / 2] * 1e3,
            latencies[answers * 99 / 100] * 1e3, latencies[answers - 1] * 1e3);
    }
    puts("}");
}

static void post_all(int port, int connections) {
    poller = epoll_create1(0);
    latencies = malloc((form == single ? count : count / batch_size + 1) * sizeof *latencies);
    struct connection *all = calloc(connections, sizeof *all);
    double start = seconds();
    int busy = 0;
    for (struct connection *c = all; c < all + connections && made < count; c++, busy++) {
        c->socket = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (connect(c->socket, (struct sockaddr *)&address, sizeof address)) FAIL("connect: %s", strerror(errno));
        fcntl(c->socket, F_SETFL, O_NONBLOCK);
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        c->output = malloc(512 + (size_t)batch_size * event_bytes);
        await(c, 0, EPOLL_CTL_ADD);
        if (form == stream) {
            c->length = sprintf(c->output,
                "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
            c->began = seconds();
            send_more(c);
        } else begin(c);
    }
    while (busy) {
        struct epoll_event ready[64];
        int found = epoll_wait(poller, ready, 64, -1);
        for (int n = 0; n < found; n++) {
            struct connection *c = ready[n].data.ptr;
            if (ready[n].events & EPOLLOUT) send_more(c);
            if (!(ready[n].events & EPOLLIN) || !receive(c)) continue;
            latencies[answers++] = seconds() - c->began;
            if (made < count) begin(c); else { close(c->socket); busy--; }
        }
    }
    report(seconds() - start);
}

// MARK: - The bare loop

static sqlite3 *db;

static void run(const char *sql) {
    if (sqlite3_exec(db, sql, 0, 0, 0)) FAIL("%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, 0)) FAIL("%s: %s", sql, sqlite3_errmsg(db));
    return statement;
}

static void step(sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) FAIL("%s", sqlite3_errmsg(db));
    sqlite3_reset(statement);
}

// An id as the service keeps it: its hash, that of the fields, the event's number. The hashes are
// keyed there, and as random here.
enum { id_entry_bytes = 32, filter_part_bytes = 262144 };

static void put_id_entry(uint64_t *entry, long n, int64_t sequence) {
    entry[0] = draw(n, 5);
    entry[1] = draw(n, 6);
    entry[2] = draw(n, 7);
    entry[3] = __builtin_bswap64(sequence);
}

static const char insert_event[] =
    "INSERT INTO events (sequence, user, item, type, value, time, id, recommendation, session, properties)"
    "VALUES (?, ?, ?, ?, NULL, ?, ?, NULL, NULL, NULL)";

static const char insert_user_event[] =
    "INSERT INTO user_events (sequence, user, item, type, value, time) VALUES (?, ?, ?, ?, NULL, ?)";

// `by_user` may be NULL.
static void add_event(
    sqlite3_stmt *insert, sqlite3_stmt *by_user, long n, int64_t sequence, int64_t user, int64_t item) {
    struct event event = make_event(n);
    char id[40], *end = put_uuid(id, event.id);
    int64_t values[] = {sequence, user, item, event.type + 1, event.time};
    for (int place = 0; place < 5; place++) {
        sqlite3_bind_int64(insert, place + 1, values[place]);
        if (by_user) sqlite3_bind_int64(by_user, place + 1, values[place]);
    }
    sqlite3_bind_text(insert, 6, id, end - id, SQLITE_STATIC);
    step(insert);
    if (by_user) step(by_user);
}

// The key of a user or item; one that is new gets a row.
static int64_t key(int64_t *keys, long number, char kind, sqlite3_stmt *insert, int64_t second) {
    if (keys[number]) return keys[number];
    char id[24] = {kind}, *end = put_number(id + 1, number);
    sqlite3_bind_text(insert, 1, id, end - id, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 2, second);
    step(insert);
    return keys[number] = sqlite3_last_insert_rowid(db);
}

static void load_keys(int64_t *keys, const char *sql) {
    sqlite3_stmt *rows = prepare(sql);
    while (sqlite3_step(rows) == SQLITE_ROW)
        keys[atol((const char *)sqlite3_column_text(rows, 1) + 1)] = sqlite3_column_int64(rows, 0);
    sqlite3_finalize(rows);
}

static void insert_all(const char *path, long group) {
    if (sqlite3_open(path, &db)) FAIL("%s", sqlite3_errmsg(db));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144;"
        "PRAGMA wal_autocheckpoint = 65536; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;"
        "INSERT OR IGNORE INTO event_types (key, name) VALUES (1, 'view'), (2, 'click'), (3, 'like'),"
        "(4, 'cart'), (5, 'purchase')");
    sqlite3_stmt *insert_user = prepare("INSERT INTO users (id, cohort_hash) VALUES (?, ?)");
    sqlite3_stmt *insert_item = prepare("INSERT INTO items (id, is_available, created_at) VALUES (?, 1, ?)");
    sqlite3_stmt *claim = prepare("INSERT INTO event_id_tail (entries) VALUES (?)");
    sqlite3_stmt *insert = prepare(insert_event), *by_user = prepare(insert_user_event);
    uint64_t *entries = malloc(group * id_entry_bytes);
    sqlite3_stmt *popularity = prepare(
        "INSERT INTO item_popularity (item, event_count, log2_score) VALUES (?, ?, ?) ON CONFLICT (item)"
        "DO UPDATE SET event_count = event_count + excluded.event_count, log2_score = excluded.log2_score");
    sqlite3_stmt *count_events = prepare(
        "UPDATE counters SET value = value + ? WHERE name IN ('events', 'user_events_through')");
    int64_t *user_keys = calloc(users, 8), *item_keys = calloc(items, 8);
    load_keys(user_keys, "SELECT key, id FROM users");
    load_keys(item_keys, "SELECT key, id FROM items");
    int *gains = calloc(items, sizeof *gains);
    long *touched = malloc(group * sizeof *touched), touched_count;
    sqlite3_stmt *last = prepare("SELECT coalesce(max(sequence), 0) FROM events");
    sqlite3_step(last);
    int64_t sequence = sqlite3_column_int64(last, 0);
    sqlite3_finalize(last);
    double start = seconds();
    for (long begun = 0; begun < count; begun += group) {
        long size = count - begun < group ? count - begun : group;
        touched_count = 0;
        run("BEGIN IMMEDIATE");
        for (long n = first + begun; n < first + begun + size; n++) {
            struct event event = make_event(n);
            sequence++;
            put_id_entry(entries + (n - first - begun) * id_entry_bytes / 8, n, sequence);
            add_event(insert, by_user, n, sequence,
                key(user_keys, event.user, 'u', insert_user, (int64_t)draw(event.user, 1)),
                key(item_keys, event.item, 'i', insert_item, event.time));
            if (!gains[event.item]++) touched[touched_count++] = event.item;
        }
        for (long n = 0; n < touched_count; n++) {
            sqlite3_bind_int64(popularity, 1, item_keys[touched[n]]);
            sqlite3_bind_int64(popularity, 2, gains[touched[n]]);
            sqlite3_bind_double(popularity, 3, sequence);
            step(popularity);
            gains[touched[n]] = 0;
        }
        sqlite3_bind_blob(claim, 1, entries, size * id_entry_bytes, SQLITE_STATIC);
        step(claim);
        sqlite3_bind_int64(count_events, 1, size);
        step(count_events);
        run("COMMIT");
        acknowledged += size;
    }
    report(seconds() - start);
}

// MARK: - A file in bulk

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

// Everybody who isn't there yet, in the order of the index on the ids.
static void fill_names(int64_t *keys, long size, char kind, const char *sql) {
    char (*ids)[16] = malloc(size * sizeof *ids);
    long missing = 0;
    for (long number = 0; number < size; number++)
        if (!keys[number]) sprintf(ids[missing++], "%c%ld", kind, number);
    qsort(ids, missing, sizeof *ids, by_text);
    sqlite3_stmt *insert = prepare(sql);
    for (long n = 0; n < missing; n++) {
        long number = atol(ids[n] + 1);
        keys[number] = key(keys, number, kind, insert, (int64_t)(draw(number, 1) >> 24));
    }
    free(ids);
}

// The ids as one run of a level that is large enough, with its filter (Sources/Store/EventIDs).
static void fill_ids(int64_t sequence) {
    long level = 0, blocks = 1024;
    while (blocks * 64 < count) level++, blocks *= 8;
    long lines = (count * 12 + 511) / 512;
    uint64_t *filter = calloc(lines, 64), *sorted = malloc(count * id_entry_bytes);
    long *ends = calloc(blocks + 1, sizeof *ends);
    for (long n = first; n < first + count; n++)
        ends[(unsigned __int128)__builtin_bswap64(draw(n, 5)) * blocks >> 64]++;
    for (long block = 1; block <= blocks; block++) ends[block] += ends[block - 1];
    for (long n = first + count; n-- > first;) {
        uint64_t high = __builtin_bswap64(draw(n, 5)), low = __builtin_bswap64(draw(n, 6));
        long place = --ends[(unsigned __int128)high * blocks >> 64];
        put_id_entry(sorted + place * 4, n, sequence + 1 + n - first);
        uint64_t *line = filter + (long)((unsigned __int128)low * lines >> 64) * 8;
        for (int bit = 0; bit < 6; bit++, high >>= 9) line[high >> 6 & 7] |= 1ull << (high & 63);
    }
    sqlite3_stmt *insert_run = prepare(
        "INSERT INTO event_id_runs (level, state, entry_count) VALUES (?, 'live', ?)");
    sqlite3_bind_int64(insert_run, 1, level);
    sqlite3_bind_int64(insert_run, 2, count);
    step(insert_run);
    int64_t number = sqlite3_last_insert_rowid(db);
    sqlite3_stmt *insert_part = prepare("INSERT INTO event_id_filters (key, bytes) VALUES (?, ?)");
    for (long start = 0; start < lines * 64; start += filter_part_bytes) {
        long rest = lines * 64 - start;
        sqlite3_bind_int64(insert_part, 1, number << 32 | start / filter_part_bytes);
        sqlite3_bind_blob(insert_part, 2, (char *)filter + start,
            rest < filter_part_bytes ? rest : filter_part_bytes, SQLITE_STATIC);
        step(insert_part);
    }
    sqlite3_stmt *insert = prepare("INSERT INTO event_id_blocks (key, entries) VALUES (?, ?)");
    for (long block = 0; block < blocks; block++) {
        long end = block + 1 < blocks ? ends[block + 1] : count;
        if (end == ends[block]) continue;
        sqlite3_bind_int64(insert, 1, number << 32 | block);
        sqlite3_bind_blob(insert, 2, sorted + ends[block] * 4, (end - ends[block]) * id_entry_bytes, SQLITE_STATIC);
        step(insert);
    }
    free(sorted), free(filter), free(ends);
}

static void fill(const char *path) {
    if (sqlite3_open(path, &db)) FAIL("%s", sqlite3_errmsg(db));
    run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;"
        "BEGIN;"
        "INSERT OR IGNORE INTO event_types (key, name) VALUES (1, 'view'), (2, 'click'), (3, 'like'),"
        "(4, 'cart'), (5, 'purchase')");
    double start = seconds();
    int64_t *user_keys = calloc(users, 8), *item_keys = calloc(items, 8);
    load_keys(user_keys, "SELECT key, id FROM users");
    load_keys(item_keys, "SELECT key, id FROM items");
    fill_names(user_keys, users, 'u', "INSERT INTO users (id, cohort_hash) VALUES (?, ?)");
    fill_names(item_keys, items, 'i', "INSERT INTO items (id, is_available, created_at) VALUES (?, 1, ?)");
    sqlite3_stmt *last = prepare("SELECT coalesce(max(sequence), 0) FROM events");
    sqlite3_step(last);
    int64_t sequence = sqlite3_column_int64(last, 0);
    sqlite3_finalize(last);
    sqlite3_stmt *insert = prepare(insert_event);
    for (long n = 0; n < count; n++) {
        struct event event = make_event(first + n);
        add_event(insert, NULL, first + n, sequence + 1 + n, user_keys[event.user], item_keys[event.item]);
    }
    fill_ids(sequence);
    run("DELETE FROM user_events; INSERT INTO user_events (user, time, sequence, item, type, value)"
        "SELECT user, time, sequence, item, type, value FROM events ORDER BY user, time, sequence;"
        "UPDATE counters SET value = (SELECT max(sequence) FROM events) WHERE name = 'user_events_through';"
        "DELETE FROM item_popularity; INSERT INTO item_popularity (item, event_count, log2_score)"
        "SELECT item, count(*), max(time) / 2592000000.0 + log2(count(*)) FROM events GROUP BY item;"
        "UPDATE counters SET value = (SELECT count(*) FROM events) WHERE name = 'events';"
        "UPDATE counters SET value = (SELECT count(*) FROM users) WHERE name = 'users';"
        "UPDATE counters SET value = (SELECT count(*) FROM items) WHERE name = 'items';"
        "UPDATE counters SET value = (SELECT max(time) FROM events) WHERE name = 'newest_event_time';"
        "COMMIT; PRAGMA journal_mode = WAL");
    acknowledged = count;
    report(seconds() - start);
}

int main(int argc, char **argv) {
    int is_http = argc > 1 && !strcmp(argv[1], "http"), is_fill = argc > 1 && !strcmp(argv[1], "fill");
    if (argc != 8 + is_http - is_fill) FAIL("see the head of ingest.c");
    char **rest = argv + 4 + is_http - is_fill;
    count = atol(rest[0]);
    first = atol(rest[1]);
    users = atol(rest[2]);
    items = atol(rest[3]);
    if (is_fill) { fill(argv[2]); return 0; }
    if (!is_http) { insert_all(argv[2], atol(argv[3])); return 0; }
    form = !strcmp(argv[3], "single") ? single : !strcmp(argv[3], "json") ? json
        : !strcmp(argv[3], "ndjson") ? ndjson : stream;
    post_all(atoi(argv[2]), atoi(argv[4]));
}
