"""One module per kind of file, each with a `read(path, kind)`; `registry` says which reads what."""
