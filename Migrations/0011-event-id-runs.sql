-- The ids of events as sorted runs in place of one tree: a random id went into a random page of it,
-- and each transaction wrote as many pages as it had events. What event_ids has stays there, and
-- is looked up; new ids go here. Sources/Store/EventIDs reads and writes these.
--
-- An entry is 32 bytes: the hash of the id (16), the beginning of the hash of the fields (8), the
-- event's number (8, most significant byte first, like all).

-- The newest, in the order of their coming, a row for each transaction.
CREATE TABLE event_id_tail (
    number  INTEGER PRIMARY KEY,
    entries BLOB    NOT NULL
) STRICT;

-- A full tail becomes a run of level 0; eight runs of a level become one of the next.
CREATE TABLE event_id_runs (
    run         INTEGER PRIMARY KEY AUTOINCREMENT,
    level       INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('writing', 'live', 'dead')),
    entry_count INTEGER NOT NULL,
    filter      BLOB    NOT NULL            -- a Bloom filter of its ids; empty until it is live
) STRICT;

-- A run's entries by the beginning of their hashes: block i of n has those from i/n of the range of
-- hashes on. The key is run * 2^32 + i.
CREATE TABLE event_id_blocks (
    key     INTEGER PRIMARY KEY,
    entries BLOB    NOT NULL
) STRICT;

-- The one writer makes each event's keys itself; SQLite looked all three up again, for each event.
-- `starling verify` checks them. https://www.sqlite.org/lang_altertable.html#otheralter allows this
-- where constraints are taken away.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(replace(sql, ' REFERENCES users (key)', ''),
    ' REFERENCES items (key)', ''), ' REFERENCES event_types (key)', '')
WHERE type = 'table' AND name = 'events';
PRAGMA writable_schema = RESET;
