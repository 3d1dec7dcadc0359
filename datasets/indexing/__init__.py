"""A text becomes something that can be searched: chunks, vectors, and where they are kept."""
