"""What cannot be set up is said in one sentence: which step, why, and what to do."""

import os
import signal
import socket

import pytest

from tests.support import warm
from tests.support.engine import short_folder, wait_until
from tests.support.instance import free_port, instance_in, on_embedded_databases

pytestmark = on_embedded_databases

NOWHERE = "postgresql://fltr:hush-hush@127.0.0.1:1"


def failure_of(folder, **settings):
    """Start an instance that cannot come up, and return what it says at last."""
    with instance_in(folder, **settings) as instance:
        instance.launch()
        assert instance.process.wait(60) == 1, instance.output
        assert "Traceback" not in instance.output
        assert not any("milvus" in command or "runworker" in command for command in instance.parts().values())
        return instance.output.splitlines()[-1]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_another_program_has(tmp_path, host):
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as other:
        port = other.getsockname()[1]

        said = failure_of(tmp_path, PORT=str(port))

    assert said == f"Port: Port {port} is in use by another program. Stop that, or choose another: PORT=8001."


@pytest.mark.parametrize("port", ["eighty", "70000"])
def test_a_port_that_there_is_not(tmp_path, port):
    said = failure_of(tmp_path, PORT=port)

    assert said == f"Settings: PORT is '{port}': set it to a whole number from 1 to 65535."


def test_a_host_that_is_not_this_machine(tmp_path):
    assert failure_of(tmp_path, LISTEN_HOST="192.0.2.1").startswith("Port: Cannot listen on 192.0.2.1:")


def test_a_data_folder_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("not a folder")

    assert failure_of(tmp_path).startswith("Settings: ")
    assert "Set DATA_DIR to a folder" in failure_of(tmp_path)


@pytest.mark.parametrize("command", [["-m", "fltr_project"], ["manage.py", "serve"], ["manage.py", "runweb"]])
def test_a_data_folder_that_cannot_be_made(command):
    settings = {
        "DATA_DIR": "/proc/none",
        "SECRET_KEY": "0123456789-abcdefghij-" * 3,
        "ENV_FILE": "",
        "PATH": "/usr/bin",
    }

    ended = warm.run(command, {**settings, "PORT": str(free_port())})

    assert ended.returncode == 1
    assert ended.stderr.count("\n") <= 1
    assert "/proc/none" in ended.stderr
    assert "DATA_DIR" in ended.stderr


def test_a_database_file_that_is_none(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fltr.sqlite3").write_text("certainly not a database" * 100)

    said = failure_of(tmp_path)

    assert said.startswith(f"Databases: {tmp_path}/data/fltr.sqlite3 cannot be used: file is not a database.")


def test_a_server_that_does_not_answer(tmp_path):
    said = failure_of(tmp_path, DATABASE_URL=f"{NOWHERE}/fltr", AUTH_DATABASE_URL=f"{NOWHERE}/fltr_auth")

    assert said.startswith('Databases: PostgreSQL database "fltr_auth" at 127.0.0.1:1 cannot be used: ')
    assert said.endswith("that AUTH_DATABASE_URL has the right host, port, user and password.")
    assert "hush-hush" not in said


def test_being_stopped_while_it_is_set_up_leaves_nothing_running():
    with short_folder() as folder, instance_in(folder) as instance:
        instance.launch()
        wait_until(lambda: "Databases:" in instance.output)
        os.kill(instance.process.pid, signal.SIGTERM)

        assert instance.process.wait(20) == 0
        assert "Traceback" not in instance.output
        assert instance.left_behind() == []
