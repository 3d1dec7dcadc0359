"""Compare what a stranger is told about somebody's things with what anybody is told about things that are not there."""

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import ndiff
from itertools import combinations

from rest_framework.test import APIClient

from tests.support.openapi_calls import Call, Things

# An answer's length follows from what the caller wrote into the path.
OWN_OF_EVERY_ANSWER = {"X-Request-ID", "Content-Length"}
CSRF_TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")


def differences(
    client: APIClient,
    call: Call,
    *,
    own: Things,
    theirs: Things,
    unknown: Things,
    told: Collection[tuple[str, tuple[str, ...]]] = (),
) -> Iterator[str]:
    """Yield what tells somebody else's things from unknown ones, wherever the call names some of them.

    Every choice of kinds is tried: all of them somebody else's, and each alone among the caller's own. `told` names
    operations with kinds whose difference is meant.
    """
    kinds = sorted(call.kinds & set(theirs))
    choices = [choice for count in range(1, len(kinds) + 1) for choice in combinations(kinds, count)]
    for choice in choices:
        if (call.operation, choice) in told:
            continue
        first, second = (
            what_it_tells(call, client, {**own, **{kind: things[kind] for kind in choice}}, things)
            for things in ({**unknown, **theirs}, unknown)
        )
        if first != second:
            lines = [line for line in ndiff(first, second) if line[0] in "+-"]
            yield "\n  ".join([f"{call} with another's {' and '.join(choice)}, and with an unknown one:", *lines[:10]])


def what_it_tells(call: Call, client: APIClient, things: Things, strange: Things) -> list[str]:
    """Return status, headers and body of an answer as lines, without what the caller brought along."""
    answer = call.send(client, things, HTTP_IDEMPOTENCY_KEY=strange["idempotency key"])
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name not in OWN_OF_EVERY_ANSWER]
    text = without(CSRF_TOKEN.sub("", body.decode()), [*strange.values(), answer["X-Request-ID"]])
    return [str(answer.status_code), *headers, *text.splitlines()]


def without(text: str, words: Iterable[str]) -> str:
    """Return a text with a blank for each of these words, the longest first."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "…")
    return text
