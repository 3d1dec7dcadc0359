"""What would be dropped, counted and written down before anybody decides."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import Error
from django.template.defaultfilters import filesizeformat

from authbridge.databases.naming import describe
from authbridge.shared.errors import first_line
from authbridge.shared.terminal import harmless, table
from datasets.errors import VectorStoreError
from datasets.services import holdings
from datasets.services.holdings import Holding
from fltr_project.reset.contents import Contents, look_at
from fltr_project.reset.wish import Wish

WIDTHS = (60, 14, 8)


@dataclass(slots=True)
class Inventory:
    """What is there; `problems` say what could not be looked at, which then cannot be dropped either."""

    tables: dict[str, Contents] = field(default_factory=dict)
    vectors: list[Holding] = field(default_factory=list)
    files: Holding | None = None
    problems: list[str] = field(default_factory=list)


def take_inventory(wish: Wish) -> Inventory:
    """Look at everything, changing nothing."""
    found = Inventory()
    for alias in wish.aliases:
        try:
            found.tables[alias] = look_at(alias, wish)
        except (Error, psycopg.Error) as error:
            found.problems.append(f"{describe(alias)} cannot be looked at: {first_line(error)}.")
    if wish.takes_datasets():
        take_holdings(found)
    return found


def take_holdings(found: Inventory) -> None:
    """Look at what lies beside the tables."""
    try:
        found.vectors = holdings.vectors()
    except VectorStoreError as error:
        found.problems.append(f"The vectors cannot be looked at: {first_line(error)}")
    try:
        found.files = holdings.files()
    except OSError as error:
        found.problems.append(f"The files cannot be looked at: {error}.")


def lines(found: Inventory) -> Iterator[str]:
    """Yield the inventory for people."""
    for alias, contents in found.tables.items():
        yield describe(alias)
        rows = [(name, count, "rows") for name, count in contents.going.items()]
        yield from indented(table(rows, widths=WIDTHS))
        if contents.staying:
            yield f"  left alone: {harmless(', '.join(contents.staying))}"
    if found.files is not None:
        yield f"Vectors in {place_of_vectors()}"
        yield from indented(map(in_words, found.vectors))
        yield f"Files in {holdings.place_of_files()}"
        yield from indented([in_words(found.files)])


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines below what they belong to; where there are none, say so."""
    nothing = True
    for line in lines:
        nothing = False
        yield f"  {line}"
    if nothing:
        yield "  nothing to drop"


def place_of_vectors() -> str:
    """Name the vector store without the password that its address may have in it."""
    address = urlsplit(settings.VECTOR_STORE_URI)
    return f"{address.hostname}:{address.port}" if address.hostname else address.path or f"{settings.DATA_DIR}/vectors"


def in_words(holding: Holding) -> str:
    """Write what is kept beside the tables."""
    size = filesizeformat(holding.amount) if holding.unit == "bytes" else f"{holding.amount} {holding.unit}"
    return f"{holding.name}: {size.replace(chr(0xA0), ' ')}"


def consequences(wish: Wish, found: Inventory) -> Iterator[str]:
    """Yield what this means for what stays, and for money."""
    if wish.takes_datasets() and not wish.takes_credits():
        yield "Credits spent stay spent: the ledger keeps its rows, also those for work that was not done yet."
    if wish.takes_credits() and not wish.takes_datasets():
        yield "Datasets stay. Their charges are forgotten, so nothing that was paid for them can be given back."
    if wish.takes_credits() and not wish.including_auth_tables:
        yield "People stay, with their balances: an opening row explains each in the new ledger."
    if pooled := sum(contents.pooled_credits for contents in found.tables.values()):
        yield f"API keys and teams go with the {pooled} credits in their pools."
    if wish.including_auth_tables and not wish.takes_datasets():
        yield "Datasets stay without their owners."
    if wish.including_auth_tables and any(contents.has_drizzle_journal for contents in found.tables.values()):
        yield (
            "Drizzle has made Better Auth's tables, so its journal goes too, and they are not made anew here:"
            " run the site's migrations afterwards, and then init_databases."
        )
