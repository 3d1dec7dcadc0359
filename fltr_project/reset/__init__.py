"""Development: drop what FLTR keeps, in either home or both, and make it anew."""
