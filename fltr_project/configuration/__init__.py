"""Settings: where they come from, what they may be, and what a bad one is told."""
