"""Refuse what would let strangers in. Development may be careless, but for what nothing works without."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import SimpleNamespace

from fltr_project.configuration.kinds import BadSetting

SHORTEST = {"SECRET_KEY": 50, "BETTER_AUTH_SECRET": 16, "INTERNAL_WEBHOOK_SECRET": 16}
FEWEST_DIFFERENT = 5
HIGHEST_PRICE = 10**9
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


def refuse_unsound_prices(prices: Mapping[str, int], tiers: Sequence[tuple[int | None, int]]) -> None:
    """Stop the process with a price that is not a whole number of credits: nobody can pay a part of one."""
    for name, price in [*prices.items(), *(("DOCUMENT_PRICES", price) for _, price in tiers)]:
        if type(price) is not int or not 0 < price <= HIGHEST_PRICE:
            raise BadSetting(f"The price of {name} is {price!r}: set it to a whole number from 1 to {HIGHEST_PRICE}.")
    bounds = [bound for bound, _ in tiers]
    if bounds and (bounds[-1] is not None or any(not is_below(*pair) for pair in pairwise(bounds))):
        raise BadSetting(
            f"The bounds of DOCUMENT_PRICES are {bounds}: set them to rising whole numbers of bytes, the last to None."
        )


def is_below(bound: int | None, next_bound: int | None) -> bool:
    """Tell whether a tier ends before the next one; only the last has no end."""
    return type(bound) is int and bound > 0 and (next_bound is None or (type(next_bound) is int and bound < next_bound))


def is_guessable(secret: str, *, at_least: int) -> bool:
    """Tell whether a secret is short, made of few characters, or a placeholder."""
    return len(secret) < at_least or len(set(secret)) < FEWEST_DIFFERENT or secret.lower().startswith(PLACEHOLDERS)
