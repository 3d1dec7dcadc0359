"""A browser without its engine: Django's client with the cookie and headers of a person who looks at pages."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client

from authbridge import tokens
from authbridge.models import User
from tests.support.people import make_session

ORIGIN = "http://testserver"
COOKIE = "better-auth.session_token"
SIGN_IN = "/api/sign-in"
BALANCE = "/api/v1/credits/balance"
# Attributes that make a browser load something; a link to elsewhere (`<a href>`) would load nothing by itself.
LOADING = {"src", "srcset", "poster", "data", "action"}
LOADED_BY_STYLE = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


def browser() -> Client:
    """Look at pages as nobody in particular."""
    return Client(headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Origin": ORIGIN})


def browser_of(user: User, **session: Any) -> Client:
    """Look at pages as this user, signed in by Better Auth's cookie."""
    client = browser()
    token = make_session(user, **session).token
    client.cookies[COOKIE] = tokens.cookie_value(token, settings.BETTER_AUTH_SECRET)
    return client


class Page(HTMLParser):
    """What a page is made of: its text, its links, its forms' fields, and what it makes a browser load."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.title, self.text = "", ""
        self.links: dict[str, str] = {}
        self.loads: list[str] = []
        self.fields: dict[str, dict[str, str | None]] = {}
        self.buttons: list[str] = []
        self.inside: list[tuple[str, dict[str, str | None]]] = []
        self.feed(answer.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = dict(attrs)
        self.inside.append((tag, given))
        self.loads += [value for name, value in attrs if name in LOADING and value]
        if tag == "link" and given.get("href"):
            self.loads.append(given["href"] or "")
        if tag in ("input", "select", "textarea") and given.get("name"):
            self.fields[given["name"] or ""] = given

    def handle_data(self, data: str) -> None:
        """Note a text by the element it is in."""
        tag, attrs = self.inside[-1] if self.inside else ("", {})
        if tag == "title":
            self.title += data
        elif tag == "style":
            self.loads += ["".join(found) for found in LOADED_BY_STYLE.findall(data)]
        elif tag == "a" and data.strip():
            self.links[data.strip()] = attrs.get("href") or ""
        elif tag == "button" and data.strip():
            self.buttons.append(data.strip())
        if tag not in ("script", "style"):
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        """Leave an element; elements without an end are left with it."""
        while self.inside and self.inside.pop()[0] != tag:
            continue

    def from_elsewhere(self) -> list[str]:
        """Return what is loaded from another origin."""
        urls = (urljoin(ORIGIN, url) for url in self.loads if not url.startswith("data:"))
        return [url for url in urls if urlsplit(url).netloc != urlsplit(ORIGIN).netloc]


def look_at(client: Client, path: str) -> Page:
    """Get a page."""
    return Page(client.get(path))


def status_of(path: str) -> int:
    """Return the status that a stranger gets, after all redirects."""
    answer = browser().get(path, follow=True)
    answer.close()
    return answer.status_code
