"""Is all in the index that a dataset's documents say is there? Asked before anybody pays for an answer from it."""
