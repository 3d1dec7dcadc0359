"""A command that is forked from a warm Python finds everything as if it had been started anew."""

import os
import signal

import pytest

from tests.support import warm

OURS = ("fltr_project", "authbridge", "credits", "datasets", "tests")
SHOW_STATE = f"""
import sys
from django.apps import apps
from django.conf import settings
print([name for name in sys.modules if name.partition(".")[0] in {OURS} and not name.startswith("tests.support")])
print(settings.configured, apps.ready, len(apps.app_configs))
"""
ECHO = "import os, sys; print(sys.argv, sys.stdin.read(), sorted(os.environ)); sys.exit('Enough.')"
DIE = "import os; os.kill(os.getpid(), 9)"


@pytest.fixture
def shell():
    return {"PATH": os.environ["PATH"], "NUMBER": "1"}


def test_nothing_of_ours_is_there_yet_and_no_settings_are(shell):
    assert warm.run(["-c", SHOW_STATE], shell).stdout.splitlines() == ["['tests']", "False False 0"]


def test_it_has_its_own_arguments_environment_and_output(shell):
    ended = warm.run(["-c", ECHO, "one", "two"], shell)

    assert (ended.returncode, ended.stderr) == (1, "Enough.\n")
    assert ended.stdout == "['-c', 'one', 'two']  ['NUMBER', 'PATH']\n"


def test_its_input_can_be_given(shell):
    read, write = os.pipe()
    os.write(write, b"what is typed")
    os.close(write)

    command = warm.start(["-c", ECHO], shell, stdin=read)

    os.close(read)
    assert "what is typed" in command.communicate()[0]


def test_a_signal_that_ends_it_is_told(shell):
    assert warm.run(["-c", DIE], shell).returncode == -signal.SIGKILL


def test_what_one_changes_the_next_does_not_see(shell):
    warm.run(["-c", "import os, django.conf; os.environ['LATE'] = '1'; django.conf.settings.configure()"], shell)

    ended = warm.run(["-c", SHOW_STATE + "import os; print('LATE' in os.environ)"], shell)

    assert ended.stdout.splitlines()[1:] == ["False False 0", "False"]


def test_an_error_ends_with_its_traceback(shell):
    ended = warm.run(["-c", "1 / 0"], shell)

    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")


def test_two_run_at_once(shell, tmp_path):
    door = tmp_path / "door"
    os.mkfifo(door)
    commands = [warm.start(["-c", f"open({str(door)!r}, {mode!r}).close()"], shell) for mode in "rw"]

    assert [command.communicate()[1] for command in commands] == ["", ""]
    assert [command.wait() for command in commands] == [0, 0]
