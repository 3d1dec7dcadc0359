"""Where to go from a page of the browsable API, and what its pages are called."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.text import capfirst
from rest_framework.request import Request
from rest_framework.utils.formatting import camelcase_to_spaces, remove_trailing_string

# The page of one item of a list, by the name its list stands under.
PAGES_OF_ITEMS = {
    "datasets": "dataset-detail",
    "documents": "document-detail",
    "jobs": "job-detail",
    "api_keys": "api-key-detail",
    "teams": "team-detail",
}
# What belongs to one thing and has addresses below its own.
PAGES_BELOW = {"dataset": ("Documents", "document-list"), "team": ("Members", "team-member-list")}


class Link(NamedTuple):
    """A link with its text."""

    text: str
    url: str


def view_name(view: Any) -> str:
    """Name a page: an action by itself, a list by the plural of what it holds, one thing by its kind."""
    name, model = getattr(view, "name", None), getattr(view, "model", None)
    if name:
        return str(name)
    if model is None:
        return camelcase_to_spaces(remove_trailing_string(type(view).__name__, "View"))
    meta = model._meta
    return str(capfirst(meta.verbose_name_plural if getattr(view, "suffix", "") == "List" else meta.verbose_name))


def links(view: Any, request: Request, data: Any) -> list[Link]:
    """Return the links of a page: its actions, its items, the pages before and after."""
    return [*actions(view), *items(view, data), *neighbours(request, data)]


def actions(view: Any) -> Iterator[Link]:
    """Yield what there is beside a list or below one thing."""
    detail = getattr(view, "detail", None)
    if detail and view.basename in PAGES_BELOW:
        text, url_name = PAGES_BELOW[view.basename]
        yield Link(text, reverse(url_name, args=view.kwargs.values()))
    for action in view.get_extra_actions() if detail is not None else []:
        if action.detail == detail:
            url = reverse(f"{view.basename}-{action.url_name}", args=view.kwargs.values())
            yield Link(action.kwargs["name"], url)


def items(view: Any, data: Any) -> Iterator[Link]:
    """Yield the page of each item of a list."""
    plural = getattr(view, "plural", "")
    if not isinstance(data, dict) or plural not in PAGES_OF_ITEMS:
        return
    # Jobs are listed below their dataset, and have addresses of their own.
    above = view.kwargs.values() if plural == "documents" else []
    for item in data.get(plural, []):
        id = item["document_id"] if plural == "documents" else item["id"]
        yield Link(item.get("name") or item.get("filename") or id, reverse(PAGES_OF_ITEMS[plural], args=[*above, id]))


def neighbours(request: Request, data: Any) -> Iterator[Link]:
    """Yield the pages of the list before and after this one."""
    if not isinstance(data, dict) or "has_more" not in data:
        return
    limit, offset = data["limit"], data["offset"]
    if offset:
        yield Link("← Previous", at(request, max(0, offset - limit)))
    if data["has_more"]:
        yield Link("Next →", at(request, offset + limit))


def at(request: Request, offset: int) -> str:
    """Return this page's address at another offset."""
    query = request.query_params.copy()
    query["offset"] = str(offset)
    return f"{request.path}?{query.urlencode()}"
