-- The log's end when the user came into being: every event of his has a higher number. It outlives
-- the events, so that an erasure can tell which checkpoints may have been trained with them. NULL
-- for users from before this migration: all may have.
ALTER TABLE users ADD COLUMN known_since INTEGER;

-- 1 while the write-ahead log may still hold what was erased.
INSERT INTO counters (name, value) VALUES ('traces', 0);
