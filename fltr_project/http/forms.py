"""Forms of the browsable API, made from the bodies that the OpenAPI document describes."""

import json
from typing import Any, Self

from django import forms
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.renderers import HTMLFormRenderer

from authbridge.shared.serializer_fields import StrictIntegerField

JSON, MULTIPART = "application/json", "multipart/form-data"
STYLE = {"template_pack": "rest_framework/horizontal"}
Body = type[serializers.Serializer]


class RawDataForm(forms.Form):
    """A JSON body to edit; DRF's script sends it as it stands."""

    _content_type = forms.CharField(initial=JSON, widget=forms.HiddenInput(attrs={"data-override": "content-type"}))
    _content = forms.CharField(label="JSON", widget=forms.Textarea(attrs={"data-override": "content", "rows": 10}))

    @classmethod
    def of(cls, content: Any) -> Self:
        """Return the form with a body to begin with."""
        return cls(initial={"_content": json.dumps(content, indent=4, ensure_ascii=False)})


class FormRenderer(HTMLFormRenderer):
    """DRF's HTML form, which can also send several files."""

    def render_field(self, field: Any, parent_style: Any) -> str:
        """Give a list of files an input of its own; DRF has none."""
        if takes_files(field._field):
            field._field.style = {"base_template": "files.html"}
        return super().render_field(field, parent_style)


def bodies_of(view: Any, method: str) -> dict[str, Body]:
    """Return by media type the serializers of the bodies that a method takes, as is declared."""
    declared = getattr(getattr(view, method.lower(), None), "declared", None)
    body = declared.body if declared else None
    return (body if isinstance(body, dict) else {JSON: body, MULTIPART: body}) if body else {}


def render_form(body: Body, typed: QueryDict | None) -> str:
    """Return the HTML form of a body, with what was typed and what is wrong with it."""
    try:
        return render(body(data=typed)) if typed is not None else render(blank(body))
    except ValueError:
        # DRF cannot show a date that is none.
        return render(blank(body))


def render(serializer: serializers.Serializer) -> str:
    """Return the HTML of a serializer's fields."""
    if hasattr(serializer, "initial_data"):
        serializer.is_valid()
    return FormRenderer().render(serializer.data, renderer_context={"style": dict(STYLE)})


def blank(body: Body) -> serializers.Serializer:
    """Return a serializer whose fields begin with their defaults."""
    serializer = body()
    for field in serializer.fields.values():
        if field.default is not empty:
            field.initial = field.get_default()
        elif isinstance(field, serializers.JSONField):
            field.initial = {}
    return serializer


def can_be_typed(body: Body) -> bool:
    """Tell whether a form can send this body: files and texts; neither other lists nor what must be a JSON integer."""
    beyond_forms = (serializers.ListField, StrictIntegerField)
    return all(takes_files(field) or not isinstance(field, beyond_forms) for field in body().fields.values())


def takes_files(field: serializers.Field) -> bool:
    """Tell whether a field is a list of files."""
    return isinstance(field, serializers.ListField) and isinstance(field.child, serializers.FileField)


def example(body: Body, present: Any = None) -> dict[str, Any]:
    """Return a JSON body to begin with: what is there already, or what must be given and the defaults."""
    serializer = blank(body)
    if isinstance(present, dict):
        return {str(name): present[name] for name in serializer.fields if name in present}
    fields = {name: field for name, field in serializer.fields.items() if field.required or field.default is not empty}
    return {str(name): field.get_initial() for name, field in fields.items()}
