"""What a local run cannot do without is generated once, and only where nobody has set it."""

import os

import pytest

from tests.support import warm
from tests.support.instance import on_embedded_databases

pytestmark = on_embedded_databases

FROM_OUTSIDE = "from outside " + "0123456789" * 4
NAMES = ["SECRET_KEY", "BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET", "DEV_ADMIN_PASSWORD", "DEBUG"]
GENERATE = "from fltr_project.configuration.generation import prepare_settings; prepare_settings()"
PRINT_SETTING = "import sys; from fltr_project import settings; print(getattr(settings, sys.argv[1]))"


@pytest.fixture
def shell(tmp_path):
    """A shell in which nothing is set but where the data and the `.env` file are."""
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "ENV_FILE": str(tmp_path / ".env")}


def start(shell, *arguments):
    return warm.start(list(arguments), shell)


def generate(shell):
    process = start(shell, "-c", GENERATE)
    complaint = process.communicate()[1]
    assert process.returncode == 0, complaint


def generated(tmp_path):
    lines = (tmp_path / "data" / "settings.env").read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if not line.startswith("#")]


def test_everything_is_generated_where_nothing_is_set(shell, tmp_path):
    generate(shell)

    assert [name for name, _ in generated(tmp_path)] == NAMES
    assert all(value for _, value in generated(tmp_path))


def test_what_is_set_outside_is_not_generated(shell, tmp_path):
    (tmp_path / ".env").write_text("DEBUG=0\n")

    generate({**shell, "SECRET_KEY": FROM_OUTSIDE})

    assert not {"SECRET_KEY", "DEBUG"} & dict(generated(tmp_path)).keys()


def test_a_later_run_keeps_what_is_there_and_adds_what_is_missing(shell, tmp_path):
    generate({**shell, "SECRET_KEY": FROM_OUTSIDE})
    before = generated(tmp_path)

    generate(shell)

    assert generated(tmp_path)[:-1] == before
    assert generated(tmp_path)[-1][0] == "SECRET_KEY"


def test_a_blank_line_in_the_env_file_does_not_hide_what_was_generated(shell, tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=\nDATA_DIR=\nPORT=\n")
    generate(shell)

    printed = start(shell, "-c", PRINT_SETTING, "SECRET_KEY").communicate()[0].strip()

    assert printed == dict(generated(tmp_path))["SECRET_KEY"]


def test_copies_that_start_at_once_agree(shell, tmp_path):
    copies = [start(shell, "-c", GENERATE) for _ in range(4)]

    complaints = [copy.communicate()[1] for copy in copies]

    assert [copy.returncode for copy in copies] == [0] * 4, complaints
    assert [name for name, _ in generated(tmp_path)] == NAMES


def test_a_folder_that_cannot_be_made_is_named_in_one_sentence(shell, tmp_path):
    (tmp_path / "file").touch()

    process = start({**shell, "DATA_DIR": str(tmp_path / "file" / "data")}, "-c", GENERATE)

    complaint = process.communicate()[1]
    assert process.returncode == 1
    assert complaint.count("\n") == 1
    assert str(tmp_path / "file" / "data") in complaint
