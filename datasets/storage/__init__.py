"""Where uploaded files and their extracted text are kept: a folder, for now."""

from datasets.storage.folder import (
    abandoned,
    delete_dataset,
    delete_document,
    delete_everything,
    incoming_folder,
    keep,
    object_key,
    own_files,
    path_of,
    read_text,
    root,
    text_path_of,
    write_text,
)

__all__ = [
    "abandoned",
    "delete_dataset",
    "delete_document",
    "delete_everything",
    "incoming_folder",
    "keep",
    "object_key",
    "own_files",
    "path_of",
    "read_text",
    "root",
    "text_path_of",
    "write_text",
]
