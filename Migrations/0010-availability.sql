-- When an item may be recommended, beside is_available: from the first moment on, until the second.
ALTER TABLE items ADD COLUMN available_from INTEGER;
ALTER TABLE items ADD COLUMN expires_at INTEGER;
