-- Who may call, and what was administrated.

-- A revoked key keeps its row: the audit log goes on naming it, and while there is any row the
-- service asks for a key.
CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,          -- a JSON array
    hash         BLOB    NOT NULL,          -- HMAC-SHA256 of the whole key
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER                    -- to the minute
) STRICT;

INSERT INTO secrets (name, value) VALUES ('api_keys', randomblob(32));

-- No ids of users or items, and no query lists.
CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    time       INTEGER NOT NULL,
    caller     TEXT    NOT NULL,            -- key, configured, command, loopback, unknown
    key_id     INTEGER,
    key_name   TEXT,                        -- as it was then
    address    TEXT,
    method     TEXT    NOT NULL,
    route      TEXT    NOT NULL,            -- the pattern
    target     TEXT,                        -- what its parameters named: a model, a job, a key
    status     INTEGER NOT NULL,
    is_refusal INTEGER NOT NULL,            -- 401 or 403
    omitted    INTEGER NOT NULL             -- refusals before this one that were only counted
) STRICT;

CREATE INDEX audit_log_by_kind ON audit_log (is_refusal, id);
