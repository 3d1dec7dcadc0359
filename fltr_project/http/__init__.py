"""The manners of requests: how they are read, bounded, repeated, answered and described."""
