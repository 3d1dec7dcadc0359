"""Proving over both databases that what is there was paid for, and that what was paid for is there."""
