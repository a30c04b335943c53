-- What was left out of the log before a checkpoint was trained, and why: a JSON object.
ALTER TABLE checkpoints ADD COLUMN preprocessing TEXT NOT NULL DEFAULT '{}';
