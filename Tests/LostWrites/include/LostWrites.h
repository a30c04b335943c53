// Preloaded, not called: see LostWrites.c.
