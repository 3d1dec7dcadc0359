"""Fields of bodies, stricter than DRF's own: bounded JSON, texts that are texts, integers that are integers."""

from typing import Any

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

LARGEST_METADATA_BYTES = 16 * 1024
DEEPEST_METADATA = 20
TOO_DEEP = f"Must be nested at most {DEEPEST_METADATA} levels deep."


def validate_metadata(value: Any) -> Any:
    """Take a JSON object of bounded size and depth, without what PostgreSQL cannot store: NUL, half surrogate pairs."""
    if not isinstance(value, dict):
        raise serializers.ValidationError("Must be a JSON object.")
    if depth(value) > DEEPEST_METADATA:
        raise serializers.ValidationError(TOO_DEEP)
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise serializers.ValidationError("Must be JSON in UTF-8 with numbers of at most 64 bits.") from error
    if len(text) > LARGEST_METADATA_BYTES:
        raise serializers.ValidationError("Must be at most 16 KB of JSON.")
    if rb"\u0000" in text.replace(rb"\\", b""):
        raise serializers.ValidationError("Must not contain NUL characters.")
    return value


def depth(value: Any) -> int:
    """Return how deep a JSON value is nested; no recursion, so that no depth can break it."""
    levels, layer = 0, [value]
    while layer:
        levels += 1
        containers = [item for item in layer if isinstance(item, dict | list)]
        layer = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return levels


@extend_schema_field({"type": "object", "additionalProperties": {}})
class MetadataField(serializers.JSONField):
    """A JSON object of at most 16 KB."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return validate_metadata(super().to_internal_value(data))
        except RecursionError as error:
            raise serializers.ValidationError(TOO_DEEP) from error


class TextField(serializers.CharField):
    """A text; DRF's own field would take a number for one."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse whatever is not a text already."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """An amount of money: a JSON integer, never "5", 5.0 or true. Forms can only send text, which must be digits."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse whatever is not an integer already."""
        is_form = is_html_input(getattr(self.root, "initial_data", None))
        if type(data) is not int and not (is_form and str(data).isdecimal()):
            self.fail("invalid")
        return super().to_internal_value(data)
