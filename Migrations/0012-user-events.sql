-- The index of the events by user as a table of its own, for two reasons. The writer fills it in bulk,
-- sorted by user: in an index of the events each new one changed another page of a long log. And it
-- has what a model reads of a history, so that this is a page or two, not a page an event.
--
-- It has every event up to the counter `user_events_through`, and may have some later ones, which are
-- in memory besides. Sources/Store/UserEvents fills and reads it.
CREATE TABLE user_events (
    user     INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    item     INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    value    REAL,
    PRIMARY KEY (user, time, sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO user_events (user, time, sequence, item, type, value)
SELECT user, time, sequence, item, type, value FROM events INDEXED BY events_by_user
ORDER BY user, time, sequence;

INSERT INTO counters (name, value)
SELECT 'user_events_through', coalesce(max(sequence), 0) FROM events;

DROP INDEX events_by_user;

-- However an event leaves the log.
CREATE TRIGGER user_events_follow AFTER DELETE ON events BEGIN
    DELETE FROM user_events
    WHERE user = OLD.user AND time = OLD.time AND sequence = OLD.sequence;
END;
