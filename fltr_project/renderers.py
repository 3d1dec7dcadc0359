"""How answers are written: JSON by orjson, or pages for people."""

from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class OrjsonRenderer(BaseRenderer):
    """JSON, UTF-8, times in UTC ending in Z."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Write an answer; no data is an empty body."""
        return b"" if data is None else orjson.dumps(data, default=plain, option=OPTIONS)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's pages for people; JSON is shown as DRF writes it, indented."""

    template = "api.html"

    def get_default_renderer(self, view: Any) -> BaseRenderer:
        """Show the content as indented JSON."""
        return JSONRenderer()


def plain(value: Any) -> Any:
    """Write what orjson does not know (lazy strings, DRF's own types) as plain text."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return str(value)
