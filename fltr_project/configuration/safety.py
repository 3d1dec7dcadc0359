"""Read the settings that keep strangers out. An unsafe one stops the process with its name and what to set it to."""

from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from fltr_project.configuration.environment import required

SECRET_KEY_LENGTH = 50
SHARED_SECRET_LENGTH = 16
FEWEST_DIFFERENT = 5
PLACEHOLDERS = ("django-insecure-", "changeme", "change-me", "change_me")
DEFAULT_PORTS = {"http": 80, "https": 443}
MAKE_ONE = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"'


def read_secret_key(env: environ.Env, *, debug: bool) -> str:
    """Return SECRET_KEY, which must be one that nobody guesses unless this is development."""
    value = required(env, "SECRET_KEY", "Set it to 50 or more random characters and keep it.")
    if not debug and is_guessable(value, at_least=SECRET_KEY_LENGTH):
        raise ImproperlyConfigured(
            f"SECRET_KEY is too easy to guess: set it to {SECRET_KEY_LENGTH} or more random characters. {MAKE_ONE}"
        )
    return value


def read_shared_secret(env: environ.Env, name: str, *, debug: bool) -> str:
    """Return a secret that the site knows too, or nothing if it is not set; one that can be guessed is worse."""
    value = env.str(name, default="")
    if value and not debug and is_guessable(value, at_least=SHARED_SECRET_LENGTH):
        raise ImproperlyConfigured(
            f"{name} is too easy to guess: set it, here and in the site, to 32 or more random characters. {MAKE_ONE}"
        )
    return value


def is_guessable(secret: str, *, at_least: int) -> bool:
    """Tell whether a secret is short, made of few characters, or a placeholder."""
    return len(secret) < at_least or len(set(secret)) < FEWEST_DIFFERENT or secret.lower().startswith(PLACEHOLDERS)


def read_allowed_hosts(env: environ.Env, *, debug: bool) -> list[str]:
    """Return ALLOWED_HOSTS, which must be names unless this is development."""
    hosts: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    if "*" in hosts and not debug:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is *, which lets anybody choose the address in our answers:"
            " set it to the host names that people call, separated by commas."
        )
    return hosts


def read_trusted_origins(env: environ.Env, *, default: list[str]) -> list[str]:
    """Return TRUSTED_ORIGINS as browsers write origins: lower case, no path, no default port."""
    return [as_origin(text) for text in env.list("TRUSTED_ORIGINS", default=[])] or default


def as_origin(text: str) -> str:
    """Return one origin in its one spelling, or say what is wrong with it."""
    try:
        url = urlsplit(text.strip().lower())
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    if not host or url.scheme not in DEFAULT_PORTS or "*" in host or "@" in url.netloc or has_more_than_origin(url):
        raise ImproperlyConfigured(
            f"TRUSTED_ORIGINS has {text.strip().rpartition('@')[2]!r}: set it to origins like https://app.example.com,"
            " without paths and wildcards, separated by commas."
        )
    name = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{name}" if port in (None, DEFAULT_PORTS[url.scheme]) else f"{url.scheme}://{name}:{port}"


def has_more_than_origin(url: SplitResult) -> bool:
    """Tell whether a URL goes on behind its origin."""
    return bool(url.path.strip("/") or url.query or url.fragment)
