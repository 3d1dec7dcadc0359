"""Every kind of file we read. A new kind is a module in `readers` and one line here."""

from importlib import import_module

from datasets.extraction.base import Kind, Reader

PDF = Kind("pdf", "application/pdf", "pdf", (".pdf",))
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = Kind("docx", f"{OFFICE}wordprocessingml.document", "word", (".docx", ".docm", ".dotx", ".dotm"), "Word")
PPTX = Kind(
    "pptx", f"{OFFICE}presentationml.presentation", "powerpoint", (".pptx", ".pptm", ".ppsx", ".potx"), "PowerPoint"
)
XLSX = Kind("xlsx", f"{OFFICE}spreadsheetml.sheet", "excel", (".xlsx", ".xlsm", ".xltx"), "Excel")
HTML = Kind("html", "text/html", "web_page", (".html", ".htm", ".xhtml"))
MARKDOWN = Kind("markdown", "text/markdown", "markdown", (".md", ".markdown", ".mdown", ".mdx"), "Markdown")
CSV = Kind("csv", "text/csv", "delimited", (".csv",))
TSV = Kind("tsv", "text/tab-separated-values", "delimited", (".tsv", ".tab"))
JSON = Kind("json", "application/json", "json_values", (".json", ".geojson", ".webmanifest"))
JSON_LINES = Kind("jsonl", "application/x-ndjson", "json_values", (".jsonl", ".ndjson"), "JSON Lines")
NOTEBOOK = Kind("notebook", "application/x-ipynb+json", "notebook", (".ipynb",), "notebooks")
XML = Kind("xml", "application/xml", "xml_elements", (".xml", ".rss", ".atom", ".xsd", ".opml", ".svg", ".kml", ".gpx"))
PLAIN_TEXT = Kind("text", "text/plain", "plain_text", (".txt", ".text", ".log", ".rst"), "text")

# Source code is read as plain text; the language only shows in the media type.
SOURCE_CODE_TYPES = {
    "text/x-python": (".py", ".pyi"), "text/javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "text/x-typescript": (".ts", ".tsx"), "text/x-go": (".go",), "text/x-rust": (".rs",), "text/x-java": (".java",),
    "text/x-kotlin": (".kt", ".kts"), "text/x-c": (".c", ".h"), "text/x-c++": (".cpp", ".cc", ".cxx", ".hpp"),
    "text/x-csharp": (".cs",), "text/x-ruby": (".rb",), "text/x-php": (".php",), "text/x-swift": (".swift",),
    "text/x-scala": (".scala",), "text/x-shellscript": (".sh", ".bash", ".zsh"),
    "text/css": (".css", ".scss", ".less"), "text/x-vue": (".vue", ".svelte"), "application/sql": (".sql",),
    "application/yaml": (".yaml", ".yml"), "application/toml": (".toml",),
    "text/x-ini": (".ini", ".cfg", ".conf", ".properties", ".env"), "text/x-tex": (".tex", ".bib"),
    "text/x-diff": (".diff", ".patch"),
}  # fmt: skip
SOURCE_CODE = tuple(
    Kind("source", type, "plain_text", names, "source code") for type, names in SOURCE_CODE_TYPES.items()
)

KINDS = (
    PDF, DOCX, PPTX, XLSX, HTML, MARKDOWN, CSV, TSV, JSON, JSON_LINES, NOTEBOOK, XML, PLAIN_TEXT, *SOURCE_CODE
)  # fmt: skip

_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}


def kind_by_name(filename: str) -> Kind | None:
    """Tell the kind that a file's name claims."""
    _, dot, ending = filename.rpartition(".")
    return _BY_EXTENSION.get(f".{ending.strip().lower()}") if dot else None


def names_of_kinds(conjunction: str) -> str:
    """List what we read as people call it: PDF, Word and so on."""
    *names, last = dict.fromkeys(kind.title or kind.name.upper() for kind in KINDS)
    return f"{', '.join(names)} {conjunction} {last}"


def load_reader(kind: Kind) -> Reader:
    """Import the reader of a kind; only now, since the libraries behind it are slow to import."""
    reader: Reader = import_module(f"datasets.extraction.readers.{kind.reader}").read
    return reader
