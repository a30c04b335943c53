-- The filters of the runs of event ids in parts, so that the end of a merge writes and frees a bounded
-- number of bytes in each transaction. A filter was one value of its run's row: of a run of 34 million
-- ids 50 MB at once.
CREATE TABLE event_id_filters (
    key   INTEGER PRIMARY KEY,              -- run * 2^32 + the part's number, from 0
    bytes BLOB    NOT NULL
) STRICT;

WITH RECURSIVE parts (run, number, size) AS (
    SELECT run, 0, length(filter) FROM event_id_runs WHERE length(filter) > 0
    UNION ALL
    SELECT run, number + 1, size FROM parts WHERE (number + 1) * 262144 < size
)
INSERT INTO event_id_filters (key, bytes)
SELECT (parts.run << 32) + parts.number, substr(runs.filter, 1 + parts.number * 262144, 262144)
FROM parts JOIN event_id_runs AS runs ON runs.run = parts.run;

ALTER TABLE event_id_runs DROP COLUMN filter;
