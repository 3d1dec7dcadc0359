"""Tokens as Better Auth makes them, and as nobody should."""

import pytest

from authbridge.errors import AuthenticationError
from authbridge.tokens import cookie_value, read_bearer, sign

SECRET = "a secret of the site"
TOKEN = "Xb7hK2mQp9RtYw4ZcVn8LsDf3GjA6EuH"
# Made by better-auth with this secret and token: HMAC-SHA256 in padded base64.
SIGNED = f"{TOKEN}.{'A' * 43}="


def read(value: str, *, secret: str = SECRET, require_signed: bool = False) -> str:
    return read_bearer(value, secret=secret, require_signed=require_signed)


def test_a_raw_token_is_itself() -> None:
    assert read(TOKEN) == TOKEN


@pytest.mark.parametrize("require_signed", [False, True])
def test_a_signed_token_gives_the_raw_one_percent_encoded_or_not(require_signed: bool) -> None:
    values = sign(TOKEN, SECRET), cookie_value(TOKEN, SECRET)

    assert {read(value, require_signed=require_signed) for value in values} == {TOKEN}


def test_a_signature_is_44_characters_of_base64() -> None:
    token, _, signature = sign(TOKEN, SECRET).partition(".")

    assert token == TOKEN
    assert (len(signature), signature[-1]) == (44, "=")


def test_a_raw_token_is_refused_where_signed_ones_are_required() -> None:
    with pytest.raises(AuthenticationError):
        read(TOKEN, require_signed=True)


def test_without_a_secret_no_signature_is_right() -> None:
    with pytest.raises(AuthenticationError):
        read(sign(TOKEN, ""), secret="")


FORGED = {
    "another secret": sign(TOKEN, "another secret"),
    "another token": sign("A" * 32, SECRET).replace("A" * 32, TOKEN),
    "made up": SIGNED,
    "cut off": sign(TOKEN, SECRET)[:-1],
    "no signature": f"{TOKEN}.",
    "no token": sign("", SECRET),
    "two signatures": sign(sign(TOKEN, SECRET), SECRET),
    "longer": sign(TOKEN, SECRET) + "A",
    "lower case": sign(TOKEN, SECRET).lower(),
}


@pytest.mark.parametrize("value", FORGED.values(), ids=FORGED)
def test_a_forged_signature_is_refused(value: str) -> None:
    with pytest.raises(AuthenticationError):
        read(value)


NO_TOKENS = [
    "",
    " ",
    "a b",
    "a\0b",
    "a\nb",
    "ä",
    "😀",
    "\x7f",
    "a" * 256,
    "a" * 10_000,
    "%",
    "%00",
    "%20",
    "%ff%fe",
    "....",
    ".",
]


@pytest.mark.parametrize("value", NO_TOKENS, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("require_signed", [False, True])
def test_what_can_never_have_been_a_token_is_refused(value: str, require_signed: bool) -> None:
    if value == "%" and not require_signed:
        assert read(value) == "%"
        return
    with pytest.raises(AuthenticationError):
        read(value, require_signed=require_signed)
