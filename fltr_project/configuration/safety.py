"""Refuse what would let strangers in. Development may be careless, but for what nothing works without."""

from types import SimpleNamespace

from fltr_project.configuration.kinds import BadSetting

SHORTEST = {"SECRET_KEY": 50, "BETTER_AUTH_SECRET": 16, "INTERNAL_WEBHOOK_SECRET": 16}
FEWEST_DIFFERENT = 5
PLACEHOLDERS = ("django-insecure-", "changeme", "change-me", "change_me")
MAKE_ONE = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"'


def refuse_unsafe(given: SimpleNamespace) -> None:
    """Stop the process with the name of an unsafe or missing setting and what to set it to."""
    if not given.SECRET_KEY:
        raise BadSetting(
            "SECRET_KEY is not set. Set it to 50 or more random characters and keep it."
            " (For a local run, `make run` generates it.)"
        )
    if given.BETTER_AUTH_REQUIRE_SIGNED and not given.BETTER_AUTH_SECRET:
        raise BadSetting(
            "BETTER_AUTH_REQUIRE_SIGNED is on but BETTER_AUTH_SECRET is not set: no token could be verified."
            " Set BETTER_AUTH_SECRET to the value that the Next.js site uses."
        )
    if given.DEBUG:
        return
    for name, length in SHORTEST.items():
        value = getattr(given, name)
        if value and is_guessable(value, at_least=length):
            wanted = "set it to 50" if name == "SECRET_KEY" else "set it, here and in the site, to 32"
            raise BadSetting(f"{name} is too easy to guess: {wanted} or more random characters. {MAKE_ONE}")
    if "*" in given.ALLOWED_HOSTS:
        raise BadSetting(
            "ALLOWED_HOSTS is *, which lets anybody choose the address in our answers:"
            " set it to the host names that people call, separated by commas."
        )


def is_guessable(secret: str, *, at_least: int) -> bool:
    """Tell whether a secret is short, made of few characters, or a placeholder."""
    return len(secret) < at_least or len(set(secret)) < FEWEST_DIFFERENT or secret.lower().startswith(PLACEHOLDERS)
