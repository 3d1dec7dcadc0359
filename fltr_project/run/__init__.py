"""One process tree: what `serve` sets up, starts, heals and takes down."""
