-- Raw events that were too old, or too many, as counts: they still hide items and are trained on.
CREATE TABLE folded_events (
    user          INTEGER NOT NULL REFERENCES users (key),
    item          INTEGER NOT NULL REFERENCES items (key),
    type          INTEGER NOT NULL REFERENCES event_types (key),
    count         INTEGER NOT NULL,
    first_time    INTEGER NOT NULL,         -- milliseconds since 1970
    last_time     INTEGER NOT NULL,
    last_value    REAL,                     -- of the event at the last time
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (user, item, type)
) STRICT, WITHOUT ROWID;

-- The sum of the counts.
INSERT INTO counters (name, value) VALUES ('folded_events', 0);
