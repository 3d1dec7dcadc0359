"""Multipart bodies byte by byte, as a hostile client writes them; Django's own test client mends what it is given."""

from dataclasses import dataclass

BOUNDARY = "boundary-of-the-tests"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Part:
    """One field, or one file if it has a file name."""

    field: str
    content: bytes
    filename: str | None = None

    def encode(self) -> bytes:
        """Write it."""
        named = f'; filename="{self.filename}"' if self.filename is not None else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{self.field}"{named}\r\n\r\n'
        return head.encode() + self.content + b"\r\n"


def encode(*parts: Part) -> bytes:
    """Write a whole body."""
    return b"".join(part.encode() for part in parts) + f"--{BOUNDARY}--\r\n".encode()
