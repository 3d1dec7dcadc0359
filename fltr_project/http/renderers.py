"""How answers are written: JSON by orjson, or pages for people."""

import json
from contextlib import suppress
from typing import Any

import orjson
from django.forms import Form
from django.http import QueryDict
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request, override_method
from rest_framework.utils.encoders import JSONEncoder

from authbridge.shared.errors import DomainError
from fltr_project.http import browsing, forms

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class OrjsonRenderer(BaseRenderer):
    """JSON, UTF-8, times in UTC ending in Z."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Write an answer; no data is an empty body."""
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=plain, option=OPTIONS)
        except orjson.JSONEncodeError:
            # PostgreSQL gives 1e300 in somebody's metadata back as an integer, and orjson's have 64 bits.
            return json.dumps(data, cls=JSONEncoder, ensure_ascii=False).encode()


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's pages for people, with forms for the bodies that the OpenAPI document describes."""

    template = "api.html"

    def get_default_renderer(self, view: Any) -> BaseRenderer:
        """Show the content as indented JSON."""
        return JSONRenderer()

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        """Add what went wrong, in its own words, and where to go from here."""
        context = super().get_context(data, accepted_media_type, renderer_context)
        view, request, status = context["view"], context["request"], context["response"].status_code
        # Following a link to what takes POST only is no mistake: the page is there for its form.
        context["is_form_only"] = status == 405 and request.method == "GET"
        has_failed = status >= 400 and not context["is_form_only"]
        context["error"] = data.get("error") if has_failed and isinstance(data, dict) else None
        is_there = status not in (401, 403) and not (status == 404 and request.method == "GET")
        context["links"] = browsing.links(view, request, data) if is_there else []
        context["display_edit_forms"] = is_there
        context["delete_form"] = context["delete_form"] and is_there
        return context

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """Return a form where a form can send the body, whether to offer DELETE, and never OPTIONS."""
        if method == "DELETE":
            return super().get_rendered_html_form(data, view, method, request)
        body = (self.offered(view, method, request) or {}).get(forms.MULTIPART) if method != "OPTIONS" else None
        if body is None or not forms.can_be_typed(body):
            return None
        typed = self.refused(request, method)
        return forms.render_form(body, typed if isinstance(typed, QueryDict) else None)

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """Return a field for the JSON body, filled with what was refused, what is there, or an example."""
        bodies, refused = self.offered(view, method, request), self.refused(request, method)
        if bodies is None:
            return None
        if forms.JSON not in bodies:
            return Form()
        is_json = refused and not isinstance(refused, QueryDict)
        present = data if method != "POST" else None
        return forms.RawDataForm.of(refused if is_json else forms.example(bodies[forms.JSON], present))

    def offered(self, view: Any, method: str, request: Request) -> dict[str, forms.Body] | None:
        """Return the bodies that a method takes, or None if the caller may not use it."""
        with override_method(view, request, method) as overridden:
            return forms.bodies_of(view, method) if self.show_form_for_method(view, method, overridden, None) else None

    def refused(self, request: Request, method: str) -> Any:
        """Return the body of this very request if it was refused, to be mended."""
        context: Any = self.renderer_context  # type: ignore[attr-defined]  # BrowsableAPIRenderer.render sets it.
        if request.method != method or context["response"].status_code < 400:
            return None
        with suppress(APIException):
            return request.data
        return None

    def show_form_for_method(self, view: Any, method: str, request: Request, obj: Any) -> bool | None:
        """Show no form to callers who may not send it, also where our own errors say so."""
        try:
            return super().show_form_for_method(view, method, request, obj)
        except DomainError:
            return False

    def get_extra_actions(self, view: Any, status_code: int) -> None:
        """Leave DRF's menu out: the links of the page have these too."""

    def get_filter_form(self, data: Any, view: Any, request: Request) -> None:
        """Leave DRF's filter form out: filters are plain query parameters."""


def plain(value: Any) -> Any:
    """Write what orjson does not know (lazy strings, DRF's own types) as plain text."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return str(value)
