-- Trained models: one row each, their bytes in parts, and which of them served when.

CREATE TABLE models (
    name         TEXT    PRIMARY KEY,
    last_version INTEGER NOT NULL           -- versions never come back, unfinished ones neither
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    model      TEXT    NOT NULL REFERENCES models (name),
    version    INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('writing', 'ready', 'rejected', 'broken')),
    watermark  INTEGER NOT NULL,            -- the last event it was trained on
    job        INTEGER,
    created_at INTEGER NOT NULL,
    byte_count INTEGER NOT NULL DEFAULT 0,
    checksum   TEXT    NOT NULL DEFAULT '', -- SHA-256 of all bytes, hexadecimal
    metrics    TEXT    NOT NULL DEFAULT '{}',
    reason     TEXT,
    UNIQUE (model, version)
) STRICT;

CREATE TABLE checkpoint_parts (
    checkpoint INTEGER NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    bytes      BLOB    NOT NULL,
    UNIQUE (checkpoint, number)
) STRICT;

-- The newest row of a model is the version in service.
CREATE TABLE deployments (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    model            TEXT    NOT NULL REFERENCES models (name),
    version          INTEGER NOT NULL,
    rollback_version INTEGER,               -- what a rollback from here brings back
    reason           TEXT    NOT NULL,
    activated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX deployments_by_model ON deployments (model, version);
