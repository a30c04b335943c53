-- Users of whom a part of the events is erased, where one transaction doesn't take all: the rest goes
-- too, at the next start where the service died in between.
CREATE TABLE begun_erasures (
    user   INTEGER PRIMARY KEY REFERENCES users (key),
    events INTEGER NOT NULL,                -- so many are gone
    models TEXT NOT NULL                    -- that may be trained anew for it; a JSON array
) STRICT;
