"""Both databases and all files at one point into a folder, while all serves; and back again, while nothing does."""
