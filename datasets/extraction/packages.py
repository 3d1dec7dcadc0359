"""Office files are zip archives of XML from strangers: everything is checked before a library sees any of it."""

import io
import mmap
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from datasets.extraction.base import ExtractionError

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 200_000_000

_DIRECTORY_ENTRY = b"PK\1\2"
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_SAFE_ENCODINGS = frozenset((b"utf-8", b"utf-16", b"us-ascii", b"ascii", b"utf-16le", b"utf-16be"))


def expands_too_far() -> ExtractionError:
    """Say that the archive would unpack to far too much."""
    return ExtractionError("expands_too_far", "The file unpacks to far more data than a document has. Split it up.")


def list_members(path: Path) -> list[zipfile.ZipInfo]:
    """Read the directory of an archive, if what it declares is of a sane size and not encrypted."""
    with open(path, "rb") as file, _open_archive(file) as archive:
        return archive.infolist()


def open_package(path: Path) -> io.BytesIO:
    """Copy an office file's XML parts into a plain archive in memory that libraries can read without risk.

    Each part was unpacked under a limit and holds no DOCTYPE. Pictures and other binary parts are there, but empty.
    """
    package = io.BytesIO()
    with open(path, "rb") as file, _open_archive(file) as archive, zipfile.ZipFile(package, "w") as copy:
        members = {member.filename: member for member in archive.infolist() if not member.is_dir()}
        for name, member in members.items():
            part = _unpack(archive, member)
            copy.writestr(name, part if _is_safe_xml(part) else b"")
    package.seek(0)
    return package


def _open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """Open an archive whose declared sizes add up to no more than a document has."""
    _refuse_many_members(file)
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise ExtractionError("password_protected", "The file is protected by a password. Remove it and upload again.")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise expands_too_far()
    return archive


def _refuse_many_members(file: BinaryIO) -> None:
    """Count the entries in the bytes themselves, since `ZipFile` makes objects of them all: up to a gigabyte."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = -1
        for _ in range(MAX_MEMBERS + 1):
            at = content.find(_DIRECTORY_ENTRY, at + 1)
            if at < 0:
                return
    raise expands_too_far()


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack a member as far as the size it declares, all of which were added up; if it holds more, it is damaged."""
    # Other methods than these two unpack more than they are asked for, and no office program uses them.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile
    with archive.open(member) as stream:
        return stream.read(member.file_size)


def _is_safe_xml(part: bytes) -> bool:
    """Tell XML from other parts, and refuse XML that could expand or reach outside.

    Without its NUL bytes, UTF-16 looks like ASCII here. Encodings that could hide a DOCTYPE from this are refused too.
    """
    start = part[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if not start.startswith(b"<"):
        return False
    encoding = _ENCODING.match(start)
    if (encoding and encoding[1].lower() not in _SAFE_ENCODINGS) or (start.startswith(b"<?xml") and b"?>" not in start):
        raise _unsafe_xml()
    flat = part.replace(b"\0", b"")
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat:
        raise _unsafe_xml()
    return True


def _unsafe_xml() -> ExtractionError:
    return ExtractionError(
        "unsafe_xml", "The file holds XML declarations that documents have no use for. Save it anew and upload that."
    )
