"""The breakers of this process, by the alias of their database."""

from authbridge.shared.breaker import Breaker

breakers: dict[str, Breaker] = {}


def is_known_away() -> bool:
    """Tell whether any database is known not to answer."""
    return any(breaker.is_open for breaker in list(breakers.values()))


def suspect_all() -> None:
    """Have all databases looked at: those of one server go away together."""
    for breaker in list(breakers.values()):
        breaker.suspect()
