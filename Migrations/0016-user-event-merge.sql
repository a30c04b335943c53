-- How far the merge into user_events has come, so that a program that never runs for long brings one to
-- its end, too. The generation is the events after user_events_through, up to user_events_merge_end
-- (0: none is under way). Of these the table has all of the users before user_events_merge_user, and
-- that user's from user_events_merge_below on.
INSERT INTO counters (name, value) VALUES
    ('user_events_merge_end', 0), ('user_events_merge_user', 0), ('user_events_merge_below', 0);
