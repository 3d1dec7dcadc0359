"""Proving the money rules over everything that is stored: sums, totals and shapes; and what belongs together."""
