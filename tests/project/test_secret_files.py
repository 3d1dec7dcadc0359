"""A secret may be in a file that NAME_FILE names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fltr_project.configuration.environment import load_files, missing_settings, read
from fltr_project.configuration.kinds import BadSetting
from fltr_project.configuration.variables import VARIABLES

PROJECT = Path(__file__).parents[2]
SECRETS = [name for name, variable in VARIABLES.items() if variable.secret]
SECRET = "planted-secret-of-the-tests"


@pytest.fixture(autouse=True)
def clean_shell(monkeypatch, tmp_path):
    """Nothing is given but where files are; what a test has read into the environment is taken out again."""
    monkeypatch.setattr(os, "environ", {"ENV_FILE": str(tmp_path / ".env"), "DATA_DIR": str(tmp_path)})
    monkeypatch.setattr("environ.Env.ENVIRON", os.environ)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def refusal(name):
    """Return why a secret is not taken, having seen that it is not told."""
    with pytest.raises(BadSetting) as refused:
        read(VARIABLES[name])
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_these_are_secrets():
    assert set(SECRETS) >= {
        *("SECRET_KEY", "BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET", "DEV_ADMIN_PASSWORD"),
        *("DATABASE_URL", "AUTH_DATABASE_URL", "REDIS_URL", "VECTOR_STORE_TOKEN"),
    }


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_read_from_its_file(file, name):
    secret = f"redis://:{SECRET}@redis"
    file.write_text(f"{secret}\n")
    os.environ[f"{name}_FILE"] = str(file)

    assert read(VARIABLES[name]) == secret


@pytest.mark.parametrize(
    ("content", "secret"),
    [("secret", "secret"), ("secret\r\n", "secret"), ("secret\n\n", "secret\n"), (" secret ", " secret ")],
)
def test_only_its_last_line_end_does_not_count(file, content, secret):
    file.write_bytes(content.encode())
    os.environ["SECRET_KEY_FILE"] = str(file)

    assert read(VARIABLES["SECRET_KEY"]) == secret


def test_what_is_no_secret_is_not_read_from_a_file(file):
    os.environ["PORT_FILE"] = str(file)

    assert read(VARIABLES["PORT"]) == 8000


def test_both_is_one_too_many(file):
    os.environ |= {"SECRET_KEY": SECRET, "SECRET_KEY_FILE": str(file)}

    assert refusal("SECRET_KEY") == "SECRET_KEY and SECRET_KEY_FILE are both given: set one of them."


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
def test_an_empty_file_is_refused(file, content):
    file.write_text(content)
    os.environ["SECRET_KEY_FILE"] = str(file)

    assert f"SECRET_KEY_FILE is '{file}', which is empty: set it to" in refusal("SECRET_KEY")


@pytest.mark.parametrize(("path", "why"), [("absent", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, path, why):
    os.environ["SECRET_KEY_FILE"] = str(tmp_path / path)

    assert f"which cannot be read ({why}): set it to" in refusal("SECRET_KEY")


def test_a_file_that_is_no_text_is_refused(file):
    file.write_bytes(SECRET.encode() + b"\xff")
    os.environ["SECRET_KEY_FILE"] = str(file)

    assert "which cannot be read (it is not UTF-8): set it to" in refusal("SECRET_KEY")


def test_a_bad_secret_in_a_file_is_not_repeated(file):
    os.environ["REDIS_URL_FILE"] = str(file)

    assert refusal("REDIS_URL").startswith("REDIS_URL cannot be used: set it to an address like redis://")


def test_nothing_is_generated_for_a_secret_in_a_file(file):
    os.environ["SECRET_KEY_FILE"] = str(file)

    assert "SECRET_KEY" not in missing_settings()


def test_a_file_wins_over_what_was_generated_earlier(file, tmp_path):
    (tmp_path / "settings.env").write_text("SECRET_KEY=generated\n")
    os.environ["SECRET_KEY_FILE"] = str(file)

    load_files()

    assert read(VARIABLES["SECRET_KEY"]) == SECRET


def test_the_process_wins_over_a_file_that_the_env_file_names(file, tmp_path):
    (tmp_path / ".env").write_text(f"SECRET_KEY_FILE={file}\n")
    os.environ["SECRET_KEY"] = "from the process"

    load_files()

    assert read(VARIABLES["SECRET_KEY"]) == "from the process"


def test_an_env_file_may_name_a_file(file, tmp_path):
    (tmp_path / ".env").write_text(f"SECRET_KEY=\nSECRET_KEY_FILE={file}\n")

    load_files()

    assert read(VARIABLES["SECRET_KEY"]) == SECRET


def test_an_env_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / ".env").write_bytes(b"SECRET_KEY=\xff\n")

    with pytest.raises(BadSetting, match=r"\.env cannot be read \(it is not UTF-8\)"):
        load_files()


def test_a_command_starts_with_its_secrets_in_files(file, tmp_path):
    file.write_text("production-" + "0123456789abcdef" * 3 + "\n")
    shell = {"PATH": os.defpath, "ENV_FILE": "", "DATA_DIR": str(tmp_path), "SECRET_KEY_FILE": str(file)}

    checked = subprocess.run([sys.executable, "manage.py", "check"], cwd=PROJECT, env=shell, capture_output=True)

    assert checked.returncode == 0, checked.stderr
