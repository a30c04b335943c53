-- How many of the folded events counted for the item's popularity: an erasure takes back as many.
ALTER TABLE folded_events ADD COLUMN positive INTEGER NOT NULL DEFAULT 0;
UPDATE folded_events SET positive = count;

-- Nobody asks for items by the time of their creation.
DROP INDEX items_by_creation;
