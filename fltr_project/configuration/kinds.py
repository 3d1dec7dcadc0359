"""What a setting may be: each kind turns the text of one into its value, or raises ValueError or LookupError."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
SWITCHES = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off"), False)}
CALLER_KINDS = ("anonymous", "api_key", "session")
HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+]", re.IGNORECASE)
ORIGIN = re.compile(r"(https?://(?:[\w.-]+|\[[0-9a-f:.]+]))(:\d{1,5})?/?")
FAILURE_LIMIT = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,3})?([smh])")
SECONDS = {"s": 1, "m": 60, "h": 3600}
COOKIE_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class BadSetting(ImproperlyConfigured):
    """A setting that cannot be used; the message names it, and says what to set it to."""


@contextmanager
def refused_in_one_sentence() -> Iterator[None]:
    """End the process with that sentence; whatever else goes wrong keeps its traceback."""
    try:
        yield
    except BadSetting as error:
        raise SystemExit(f"Settings: {error}") from None


@dataclass(frozen=True, slots=True)
class Kind:
    """`wanted` completes "set it to …"; `limits` is what the documents add to the setting's own sentence."""

    read: Callable[[str], Any]
    wanted: str = "something else"
    limits: str = ""


def number(low: int, high: int) -> Kind:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError
        return int(text)

    return Kind(read, f"a whole number from {low} to {high}", f" From {low} to {high}.")


def choice(*options: str) -> Kind:
    """One of a few words, in capitals or not."""
    by_text, words = {option.lower(): option for option in options}, ", ".join(options)
    return Kind(lambda text: by_text[text.lower()], f"one of {words}", f" One of {words}.")


def listed(read: Callable[[str], str], wanted: str) -> Kind:
    """Several of a kind, separated by commas."""
    wanted = f"{wanted}, separated by commas"
    return Kind(lambda text: [read(part.strip()) for part in text.split(",") if part.strip()], wanted)


def url(*beginnings: str, like: str) -> Kind:
    """An address that begins like one of these, or nothing."""
    return Kind(kept(lambda text: not text or is_url(text, beginnings)), f"an address like {like}")


def kept(fits: Callable[[str], Any]) -> Callable[[str], str]:
    """Take a text as it is, if it fits."""

    def read(text: str) -> str:
        if not fits(text):
            raise ValueError
        return text

    return read


def is_url(text: str, beginnings: tuple[str, ...]) -> bool:
    """Tell whether a text is an address that begins like this; one with a bad port raises ValueError."""
    parts = urlsplit(text)
    return text.lower().startswith(beginnings) and bool(parts.hostname or parts.path) and parts.port != 0


def is_folder(text: str) -> bool:
    """Tell whether a text names a folder of this machine, by its path or as file:///path."""
    parts = urlsplit(text)
    return not parts.scheme or (parts.scheme == "file" and not parts.netloc and len(parts.path) > 1)


def as_origin(text: str) -> str:
    """Return an origin as browsers write it: lower case, no path, no default port."""
    if not (found := ORIGIN.fullmatch(text.strip().lower())):
        raise ValueError
    origin, port = found.groups(default="")
    return origin if origin.partition(":")[0] + port in ("http:80", "https:443") else origin + port


def read_rate_limits(text: str) -> dict[str, int]:
    """Turn `anonymous=50,api_key=1000,session=15000` into calls per hour by kind of caller; `off` is {}."""
    if text.lower() == "off":
        return {}
    limits = {kind.strip(): int(calls) for kind, calls in (part.split("=") for part in text.split(","))}
    if set(limits) != set(CALLER_KINDS) or min(limits.values()) < 1:
        raise ValueError
    return limits


def read_failure_limit(text: str) -> tuple[int, int] | None:
    """Turn `20/10m` into how many and in how many seconds; `off` is None."""
    if text.lower() == "off":
        return None
    if not (found := FAILURE_LIMIT.fullmatch(text.lower())):
        raise ValueError
    count, period, unit = found.groups()
    return int(count), int(period or 1) * SECONDS[unit]


TEXT = Kind(str)
SWITCH = Kind(lambda text: SWITCHES[text.lower()], "1 or 0")
FOLDER = Kind(lambda text: (BASE_DIR / text).resolve())
STORAGE = Kind(kept(is_folder), "a folder, or to file:///folder; nothing else is supported yet")
HOSTS = listed(kept(HOST.fullmatch), "host names like api.example.com, without https:// and port")
ORIGINS = listed(as_origin, "origins like https://app.example.com, without paths and wildcards")
NETWORKS = listed(kept(partial(ip_network, strict=False)), "addresses or networks like 10.0.0.0/8")
COOKIE_PREFIX = Kind(kept(COOKIE_NAME.fullmatch), "letters, digits and dashes, as the site has it")
RATE_LIMITS = Kind(read_rate_limits, "off, or to calls per hour like anonymous=50,api_key=1000,session=15000")
FAILURES = Kind(read_failure_limit, "off, or to so many in a time like 20/10m (s, m, h)")
REDIS = url("redis://", "rediss://", "unix://", like="redis://redis:6379/0")
COLLECTOR = url("http://", "https://", like="http://collector:4318")
MILVUS = url("http://", "https://", "tcp://", "unix:", like="http://milvus:19530")
