"""Both databases and all files at one point into a folder, while everything serves; and back again, while nothing does."""
