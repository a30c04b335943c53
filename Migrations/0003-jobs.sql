-- Training jobs, waiting, running and done.

CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL,
    models      TEXT    NOT NULL,           -- a JSON array
    state       TEXT    NOT NULL
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    mode        TEXT    NOT NULL,
    force       INTEGER NOT NULL,
    model       TEXT,                       -- the one in training
    epoch       INTEGER,
    epochs      INTEGER,
    progress    REAL    NOT NULL DEFAULT 0,
    metrics     TEXT    NOT NULL DEFAULT '{}',
    results     TEXT    NOT NULL DEFAULT '[]',
    error       TEXT,
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER
) STRICT;

CREATE INDEX jobs_unfinished ON jobs (state) WHERE state IN ('queued', 'running');
