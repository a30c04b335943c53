-- Answers that were given, and sums over them and over the events that link to them.

-- Who made an answer: a version of a model, or a fallback, which has neither.
CREATE TABLE answer_sources (
    key     INTEGER PRIMARY KEY,
    route   TEXT    NOT NULL,
    policy  TEXT    NOT NULL,
    model   TEXT    NOT NULL,               -- empty for a fallback
    version INTEGER NOT NULL,               -- 0 for a fallback
    UNIQUE (route, policy, model, version)
) STRICT;

-- The id that the client got is `id` and `nonce`, 64 bits each. The upper 48 bits of `id` are the
-- time, so that the table grows and shrinks at its ends.
CREATE TABLE recommendations (
    id     INTEGER PRIMARY KEY,
    nonce  INTEGER NOT NULL,
    user   INTEGER,                         -- NULL for a visitor
    source INTEGER NOT NULL,
    items  BLOB    NOT NULL                 -- their keys, in the answer's order, as varints
) STRICT;

CREATE INDEX recommendations_by_user ON recommendations (user) WHERE user IS NOT NULL;

-- Days since 1970. An answer counts with the number of its items.
CREATE TABLE recommendation_shown (
    day    INTEGER NOT NULL,
    source INTEGER NOT NULL,
    length INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (day, source, length)
) STRICT, WITHOUT ROWID;

-- Events that name an answer, by the day of the answer and the place of the event's item in it, from
-- 1; 0 where the item isn't in it. Source 0: no such answer is known, and the day is the event's.
CREATE TABLE recommendation_links (
    day      INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, source, type, position)
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('recommendations', 0);
