-- Users of whom a part is erased, where one transaction doesn't take all: the rest goes too, at the
-- next start where the service died in between. The counts are what is gone.
CREATE TABLE begun_erasures (
    user            INTEGER PRIMARY KEY REFERENCES users (key),
    events          INTEGER NOT NULL,
    folded_events   INTEGER NOT NULL,
    recommendations INTEGER NOT NULL,
    models          TEXT    NOT NULL        -- that may be trained anew for it; a JSON array
) STRICT;
