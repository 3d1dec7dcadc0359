"""What every room uses, and what itself uses no room: errors, ids, names, fields, words for the terminal."""
