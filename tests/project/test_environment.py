"""Settings come from the process, then `.env`, then what was generated; what is missing stops the process."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import warm

PROJECT = Path(__file__).parents[2]
PRINT_SETTING = "import sys; from django.conf import settings; print(getattr(settings, sys.argv[1]))"


def read_setting(name: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own, whose `.env` is in this folder."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
        "ENV_FILE": str(folder / ".env"),
        **variables,
    }
    return warm.run(["-c", PRINT_SETTING, name], environment)


def value_of(name: str, folder: Path, **variables: str) -> str:
    variables = {"SECRET_KEY": "from the process " + "0123456789" * 4, "DATA_DIR": str(folder / "data"), **variables}
    finished = read_setting(name, folder, **{name: value for name, value in variables.items() if value})
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


def test_a_missing_secret_stops_the_process_and_says_what_to_do(folder):
    finished = read_setting("SECRET_KEY", folder, DATA_DIR=str(folder))

    assert finished.returncode != 0
    assert "SECRET_KEY is not set. Set it to" in finished.stderr


def test_the_env_file_is_read(folder):
    (folder / ".env").write_text("MAX_UPLOAD_MB=7\n")

    assert value_of("MAX_UPLOAD_MB", folder) == "7"


def test_generated_settings_are_read(folder):
    (folder / "data" / "settings.env").write_text("MAX_UPLOAD_MB=8\n")

    assert value_of("MAX_UPLOAD_MB", folder) == "8"


def test_the_env_file_wins_over_generated_settings(folder):
    (folder / ".env").write_text("MAX_UPLOAD_MB=7\n")
    (folder / "data" / "settings.env").write_text("MAX_UPLOAD_MB=8\n")

    assert value_of("MAX_UPLOAD_MB", folder) == "7"


def test_the_process_wins_over_files(folder):
    (folder / ".env").write_text("MAX_UPLOAD_MB=7\n")

    assert value_of("MAX_UPLOAD_MB", folder, MAX_UPLOAD_MB="9") == "9"


def test_an_env_file_may_say_where_the_data_is(folder):
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "settings.env").write_text("MAX_UPLOAD_MB=8\n")
    (folder / ".env").write_text(f"DATA_DIR={folder / 'elsewhere'}\n")

    assert value_of("MAX_UPLOAD_MB", folder, DATA_DIR="") == "8"
