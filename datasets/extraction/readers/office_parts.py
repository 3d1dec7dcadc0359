"""Finding one's way in Word and PowerPoint files: parts that refer to parts, elements told by their local names.

The format's two dialects differ in namespaces and in all but the last word of a relation: only that word is compared.
Libraries load every part there is, and fail when one of them is missing, which in real files is common.
"""

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import BinaryIO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from datasets.extraction.guard import damaged_file


class Part:
    """A part of an office file: its XML, and the parts it refers to. The file itself is the part without a name."""

    def __init__(self, archive: zipfile.ZipFile, names: Mapping[str, str], name: str = "") -> None:
        self.archive = archive
        self.names = names  # By their lower-case form, since references may differ in case.
        self.name = name

    @cached_property
    def root(self) -> Element:
        """The part's root element."""
        return _parse(self.archive.read(self.name))

    @cached_property
    def relations(self) -> dict[str, tuple[str, "Part"]]:
        """The parts it refers to that are really there, with the last word of what they are to it, by id."""
        folder, base = posixpath.split(self.name)
        declared = self.names.get(posixpath.join(folder, "_rels", f"{base}.rels").lower())
        relations = {}
        for element in _parse(self.archive.read(declared)) if declared else ():
            target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
            name = self.names.get(target.lstrip("/").lower())
            if name and element.get("TargetMode") != "External":
                word = element.get("Type", "").rpartition("/")[2]
                relations[element.get("Id", "")] = (word, Part(self.archive, self.names, name))
        return relations

    def related(self, relation: str) -> Iterator["Part"]:
        """Find the parts of a kind of relation."""
        return (part for word, part in self.relations.values() if word == relation)

    def target(self, relation_id: str | None) -> "Part | None":
        """Find the part that an id refers to."""
        return self.relations.get(relation_id or "", ("", None))[1]


def open_main_part(package: BinaryIO) -> Part:
    """Open the part that holds the document, or the presentation's list of slides."""
    archive = zipfile.ZipFile(package)
    names = {name.lower(): name for name in archive.namelist()}
    main = next(Part(archive, names).related("officeDocument"), None)
    if main is None:
        raise damaged_file()
    return main


def read_title(package: BinaryIO) -> str | None:
    """Read the title from an office file's properties."""
    archive = zipfile.ZipFile(package)
    names = {name.lower(): name for name in archive.namelist()}
    properties = next(Part(archive, names).related("core-properties"), None)
    titles = [] if properties is None else [title.text or "" for title in descendants(properties.root, "title")]
    return " ".join(" ".join(titles).split()) or None


def local_name(element: Element) -> str:
    """Tell an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Iterate over the children of a name; nothing has no children."""
    return iter(()) if element is None else (each for each in element if local_name(each) == name)


def child(element: Element | None, name: str) -> Element | None:
    """Find the first child of a name."""
    return next(children(element, name), None)


def descendants(element: Element, name: str) -> Iterator[Element]:
    """Iterate over everything of a name inside an element."""
    return (each for each in element.iter() if local_name(each) == name)


def attribute(element: Element | None, name: str) -> str | None:
    """Read an attribute, in whatever namespace."""
    if element is None:
        return None
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def preferred(alternatives: Element) -> Element | tuple[()]:
    """Choose one of several forms of the same content: the first, or else what older programs get."""
    choice = child(alternatives, "Choice")
    return choice if choice is not None else next(children(alternatives, "Fallback"), ())


def _parse(blob: bytes) -> Element:
    root: Element = fromstring(blob, forbid_dtd=True)
    return root
