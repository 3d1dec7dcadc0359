"""Every setting is a row that says what it may be. A bad value stops every command with one sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from fltr_project.configuration.environment import read
from fltr_project.configuration.kinds import SWITCH, BadSetting, refused_in_one_sentence
from fltr_project.configuration.variables import VARIABLES

PROJECT = Path(__file__).parents[2]
SHELL = {"PATH": os.environ["PATH"], "ENV_FILE": "", "SECRET_KEY": "production-" + "0123456789abcdef" * 3}
BOUNDS = {
    "PORT": (1, 65_535),
    "WEB_WORKERS": (1, 256),
    "WORKER_CONCURRENCY": (1, 256),
    "DATABASE_POOL_SIZE": (0, 1000),
    "MAX_UPLOAD_MB": (1, 10_000),
    "WELCOME_CREDITS": (0, 10**9),
}
NUMBERS = {
    name: tuple(map(int, re.findall(r"\d+", variable.kind.wanted)))
    for name, variable in VARIABLES.items()
    if variable.kind.wanted.startswith("a whole number from ")
}
SWITCHES = [name for name, variable in VARIABLES.items() if variable.kind is SWITCH]
GOOD = [
    ("LOG_LEVEL", "warning", "WARNING"),
    ("CREDITS_ENFORCEMENT", "Warn", "warn"),
    ("ALLOWED_HOSTS", "api.example.com, .example.org,[::1],*", ["api.example.com", ".example.org", "[::1]", "*"]),
    ("TRUSTED_ORIGINS", "https://App.example.com/", ["https://app.example.com"]),
    ("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7,2001:db8::/32", ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]),
    ("BETTER_AUTH_COOKIE_PREFIX", "my-site.1", "my-site.1"),
    ("RATE_LIMITS", "OFF", {}),
    ("AUTH_FAILURE_LIMIT", "20/10m", (20, 600)),
    ("AUTH_FAILURE_LIMIT", "5/H", (5, 3600)),
    ("AUTH_FAILURE_LIMIT", "off", None),
    ("RATE_LIMITS", "anonymous=1, api_key=2,session=3", {"anonymous": 1, "api_key": 2, "session": 3}),
    ("REDIS_URL", "rediss://:word@redis:6379/0", "rediss://:word@redis:6379/0"),
    ("REDIS_URL", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    ("STORAGE_URL", "/srv/uploads", "/srv/uploads"),
    ("STORAGE_URL", "file:///srv/uploads", "file:///srv/uploads"),
    ("VECTOR_STORE_URI", "https://milvus.example.com:443", "https://milvus.example.com:443"),
    ("VECTOR_STORE_URI", "unix:/run/milvus.sock", "unix:/run/milvus.sock"),
    ("DATA_DIR", "elsewhere", PROJECT / "elsewhere"),
]
BAD = [
    ("LOG_LEVEL", "LOUD"),
    ("CREDITS_ENFORCEMENT", "maybe"),
    ("EMBEDDER", "word2vec"),
    *(("ALLOWED_HOSTS", text) for text in ("https://api.example.com", "api.example.com:8000", "*.example.com", "a b")),
    *(("TRUSTED_ORIGINS", text) for text in ("app.example.com", "https://app.example.com/path", "https://*")),
    *(("TRUSTED_PROXIES", text) for text in ("proxy", "10.0.0.0/33", "10.0.0.1 10.0.0.2")),
    *(("BETTER_AUTH_COOKIE_PREFIX", text) for text in ("a b", "a=b", "a;b", "préfixe")),
    *(("AUTH_FAILURE_LIMIT", text) for text in ("20", "0/10m", "20/10", "20/0m", "x/10m")),
    *(("RATE_LIMITS", text) for text in ("100", "anonymous=50", "anonymous=0,api_key=1,session=1", "a=b=c")),
    *(("REDIS_URL", text) for text in ("redis:6379", "http://redis", "redis://redis:port", "redis://")),
    *(("STORAGE_URL", text) for text in ("s3://bucket/uploads", "file://srv/uploads", "file://")),
    *(("VECTOR_STORE_URI", text) for text in ("milvus:19530", "localhost", "http://", "http://milvus:99999")),
]
COMMANDS = {
    "check": ["manage.py", "check"],
    "doctor": ["manage.py", "doctor"],
    "migrate": ["manage.py", "migrate"],
    "a command that there is not": ["manage.py", "nonsense"],
    "make run": ["-m", "fltr_project"],
    "the web server": ["manage.py", "runweb"],
}


def given(monkeypatch, name, text):
    """Read one setting that the environment has."""
    monkeypatch.setenv(name, text)
    return read(VARIABLES[name])


def refusal(monkeypatch, name, text):
    """Return why a setting is not taken."""
    with pytest.raises(BadSetting) as refused:
        given(monkeypatch, name, text)
    return str(refused.value)


def run(command, **settings):
    return subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env={**SHELL, **settings}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_is_stopped_with_one_sentence(tmp_path, command):
    stopped = run(command, MAX_UPLOAD_MB="-5", DATA_DIR=str(tmp_path))

    assert stopped.returncode == 1
    assert set(stopped.stderr.splitlines()) == {
        "Settings: MAX_UPLOAD_MB is '-5': set it to a whole number from 1 to 10000."
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("WORKER_CONCURRENCY", "0"), ("WEB_WORKERS", "0"), ("WELCOME_CREDITS", "-5"), ("LOG_LEVEL", "LOUD")],
)
def test_a_bad_value_does_not_pass_the_check(tmp_path, name, value):
    stopped = run(["manage.py", "check"], **{name: value}, DATA_DIR=str(tmp_path))

    assert stopped.returncode == 1
    assert re.fullmatch(rf"Settings: {name} is '{value}': set it to .+\.\n", stopped.stderr)


def test_what_is_no_setting_keeps_its_traceback(tmp_path):
    failed = run(["manage.py", "check", "--settings", "fltr_project.nowhere"], DATA_DIR=str(tmp_path))

    assert failed.returncode == 1
    assert "Traceback" in failed.stderr


def test_what_else_is_configured_badly_is_not_mistaken_for_a_setting():
    with pytest.raises(ImproperlyConfigured), refused_in_one_sentence():
        raise ImproperlyConfigured("A bug of ours.")


@pytest.mark.parametrize("name", [name for name, variable in VARIABLES.items() if not variable.kept_out])
def test_a_row_is_a_setting_of_its_name(name):
    assert hasattr(settings, name)


@pytest.mark.parametrize("name", ["DATABASE_URL", "AUTH_DATABASE_URL", "POSTGRES_PASSWORD"])
def test_what_django_would_not_hide_is_kept_out_of_its_settings(name):
    assert not hasattr(settings, name)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_blank_value_is_the_default(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    default = read(VARIABLES[name])

    assert given(monkeypatch, name, "  ") == default


def test_these_numbers_have_these_bounds():
    assert NUMBERS | BOUNDS == NUMBERS


@pytest.mark.parametrize(("name", "bounds"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_may_be_anything_within_its_bounds(monkeypatch, name, bounds):
    assert [given(monkeypatch, name, f" {bound} ") for bound in bounds] == list(bounds)


@pytest.mark.parametrize(("name", "bounds"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_may_be_nothing_else(monkeypatch, name, bounds):
    low, high = bounds

    for text in (str(low - 1), str(high + 1), "-1", "1.5", "1_0", "1e2", "many", "٣", "9" * 5000):
        assert f"set it to a whole number from {low} to {high}." in refusal(monkeypatch, name, text)


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_on_or_off(monkeypatch, name):
    assert [given(monkeypatch, name, text) for text in ("1", "true", "Yes", "ON")] == [True] * 4
    assert [given(monkeypatch, name, text) for text in ("0", "FALSE", "no", "off")] == [False] * 4


@pytest.mark.parametrize("text", ["maybe", "2", "t", "ok"])
def test_a_switch_is_nothing_between(monkeypatch, text):
    assert refusal(monkeypatch, "DEBUG", text) == f"DEBUG is '{text}': set it to 1 or 0."


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_what_can_be_used_is_taken(monkeypatch, name, text, value):
    assert given(monkeypatch, name, text) == value


@pytest.mark.parametrize(("name", "text"), BAD)
def test_what_cannot_be_used_is_refused_with_what_to_do(monkeypatch, name, text):
    said = refusal(monkeypatch, name, text)

    assert re.fullmatch(rf"{name} (is '.+'|cannot be used): set it to .+\.", said)
    assert VARIABLES[name].secret or repr(text) in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REDIS_URL", "http://:planted@redis:6379/0"),
        ("REDIS_URL", "planted"),
        ("VECTOR_STORE_URI", "ftp://root:planted@milvus:19530"),
        ("TRUSTED_ORIGINS", "https://planted@app.example.com"),
        ("STORAGE_URL", "s3://key:planted@bucket"),
    ],
)
def test_a_refusal_repeats_no_password(monkeypatch, name, text):
    assert "planted" not in refusal(monkeypatch, name, text)


def test_a_refusal_is_one_line_and_not_a_long_one(monkeypatch):
    said = refusal(monkeypatch, "LOG_LEVEL", "line\nline\n" * 1000)

    assert "\n" not in said
    assert len(said) < 250
