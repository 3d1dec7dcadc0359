"""Write what .env.example, the README and the docs repeat from the code: `make format` is this, too.

A new part is a function here, a line in PARTS, and two markers in the page.
"""

import ast
import sys
from pathlib import Path
from textwrap import fill

from credits.prices import DOCUMENT_TIERS, ONLY_WHERE, OPERATIONS
from datasets.extraction.registry import names_of_kinds
from fltr_project.configuration.variables import SECTIONS, VARIABLES, Variable

PROJECT = Path(__file__).parents[2]
WIDTH = 120
ENV_HEADING = """\
# Every setting that FLTR reads, each with its default. Copy this file to .env, and uncomment what you change.
# It is written by `make format` from fltr_project/configuration/variables.py: change it there.
# A blank value counts as not set. Comments go on lines of their own; values need no quotes.
# The process environment wins over .env, and .env wins over what `make run` has generated in DATA_DIR/settings.env.
# ENV_FILE, in the process environment only, names another file to read instead of .env.
"""


def env_example() -> str:
    """Return .env.example."""
    secrets = ", ".join(name for name, variable in VARIABLES.items() if variable.secret)
    files = comment(f"Secrets may be in files instead, like SECRET_KEY_FILE=/run/secrets/key; these may: {secrets}.")
    sections = (
        "\n".join([f"# --- {title} ".ljust(WIDTH - 5, "-"), *(f"\n{entry(variable)}" for variable in rows)])
        for title, rows in SECTIONS.items()
    )
    return "\n\n".join([f"{ENV_HEADING}{files}", *sections]) + "\n"


def entry(variable: Variable) -> str:
    """Return one setting, commented out, below what it is."""
    return f"{comment(variable.sentence + variable.kind.limits)}\n#{variable.name}={variable.default}"


def comment(text: str) -> str:
    """Return a text as lines of comment."""
    return fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def settings_table() -> str:
    """Return a table of all settings."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for name, variable in VARIABLES.items():
        default = "a secret" if variable.secret else variable.default or "none"
        lines.append(f"| `{name}` | {default} | {variable.sentence}{variable.kind.limits} |")
    return "\n".join(lines)


def kinds_of_files() -> str:
    """Return the sentence about what can be uploaded."""
    return fill(f"It reads {names_of_kinds('and')}.", WIDTH)


def price_table() -> str:
    """Return a table of what can be bought."""
    prices = {f"`{name}`": credits for name, credits in OPERATIONS.items() if name not in ONLY_WHERE}
    for bound, credits in DOCUMENT_TIERS:
        prices[f"document up to {bound:,} bytes" if bound else "larger document"] = credits
    rows = [f"| {name} | {credits} |" for name, credits in prices.items()]
    return "\n".join(["| operation | credits |", "|---|---|", *rows])


def chores_table() -> str:
    """Return a table of what the worker does besides jobs, read from the source: its imports want settings."""
    source = ast.parse((PROJECT / "fltr_project" / "run" / "background.py").read_text())
    chores = [node for node in ast.walk(source) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Chore"]
    lines = ["| chore | when | what the log says of it |", "|---|---|---|"]
    for chore in chores:
        name, line = (ast.literal_eval(chore.args[place]) for place in (0, 2))
        when = "by night" if any(keyword.arg == "nightly" for keyword in chore.keywords) else "every minute"
        lines.append(f"| {name} | {when} | {line.replace('%s', '…')} |")
    return "\n".join(lines)


PARTS = {
    "README.md": {"kinds of files": kinds_of_files, "prices": price_table},
    "docs/operations.md": {"chores": chores_table, "settings": settings_table},
}


def documents() -> dict[Path, str]:
    """Return every file that has such parts as it should be."""
    texts = {PROJECT / ".env.example": env_example()}
    for name, parts in PARTS.items():
        page = (PROJECT / name).read_text()
        for title, write in parts.items():
            page = with_part(page, title, write())
        texts[PROJECT / name] = page
    return texts


def with_part(page: str, name: str, part: str) -> str:
    """Put a part between its markers."""
    begin, end = f"<!-- {name}: written by make format -->", f"<!-- end of {name} -->"
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"There is no {begin} … {end}.")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def main() -> None:
    """Write what differs, and say so."""
    for path, text in documents().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"{path.relative_to(PROJECT)} was written anew.\n")
