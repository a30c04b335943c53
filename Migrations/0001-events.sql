-- The event log, and the users, items and types that it names by integer.
-- Keys and sequence numbers are AUTOINCREMENT: they never come back, watermarks rest on it.

CREATE TABLE users (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    cohort_hash INTEGER NOT NULL,           -- salted hash of the id, uniform over 64 bits
    attributes  TEXT                        -- a JSON object
) STRICT;

-- A deleted item keeps its row: the log goes on naming it.
CREATE TABLE items (
    key          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    is_available INTEGER NOT NULL,
    is_deleted   INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    categories   TEXT    NOT NULL DEFAULT '[]'
) STRICT;

CREATE INDEX items_by_creation ON items (created_at) WHERE is_deleted = 0;

-- Apart from items, so that a listing of 100,000 items does not read their embeddings.
CREATE TABLE item_details (
    item       INTEGER PRIMARY KEY REFERENCES items (key) ON DELETE CASCADE,
    title      TEXT,
    attributes TEXT,                        -- a JSON object
    embedding  BLOB                         -- Float32, little endian
) STRICT;

CREATE TABLE event_types (
    key  INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    user           INTEGER NOT NULL REFERENCES users (key),
    item           INTEGER NOT NULL REFERENCES items (key),
    type           INTEGER NOT NULL REFERENCES event_types (key),
    value          REAL,
    time           INTEGER NOT NULL,        -- milliseconds since 1970
    id             TEXT,                    -- the client's
    recommendation TEXT,
    session        TEXT,
    properties     TEXT                     -- a JSON object
) STRICT;

-- A history is ordered by (time, sequence); SQLite ends each index row with the sequence.
CREATE INDEX events_by_user ON events (user, time);

-- Keyed hashes of the client's event id and of the fields it sent. They outlive the event, so
-- that an erased one does not come back when it is sent again. Fixed size, because random text
-- in a unique index costs half the speed.
CREATE TABLE event_ids (
    id_hash     BLOB    PRIMARY KEY,        -- 16 bytes
    fields_hash BLOB    NOT NULL,           -- 16 bytes
    sequence    INTEGER NOT NULL            -- where the event is, or was
) STRICT, WITHOUT ROWID;

-- Per item: how many positive events, and log2 of the sum of 2^(time / half-life) over them.
CREATE TABLE item_popularity (
    item        INTEGER PRIMARY KEY REFERENCES items (key) ON DELETE CASCADE,
    event_count INTEGER NOT NULL,
    log2_score  REAL    NOT NULL
) STRICT;

-- Kept up with each transaction: count(*) over the log would read all of it.
CREATE TABLE counters (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value)
VALUES ('events', 0), ('users', 0), ('items', 0), ('newest_event_time', 0);

-- Random keys of the hashes above, made when the database is.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO secrets (name, value)
VALUES ('event_ids', randomblob(32)), ('cohorts', randomblob(32));

-- Settings that change at run time.
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
