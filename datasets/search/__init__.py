"""A question becomes passages: legs, fusion, filters."""
