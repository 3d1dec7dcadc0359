"""Commands in a process of their own, started in a tenth of the time: by forking a Python that is warm.

Starting Python and importing Django takes a command 0.6 seconds of its 0.7. So a process imports once what can be
imported without settings, and forks for each command. It has no settings and none of our modules: what reads the
environment, and whatever needs that, each command does by itself, as if it had been started anew.

`python -m tests.support.warm FD MODULE...` serves on this socket until its other end is closed.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

PROJECT = Path(__file__).parents[2]
# Packages that commands import; of these, whatever the tests' own process has loaded by now.
WORTH_IMPORTING = {
    "django", "rest_framework", "drf_spectacular", "drf_spectacular_sidecar", "unfold", "corsheaders", "whitenoise",
    "environ", "asgiref", "sqlparse", "psycopg", "psycopg_pool", "numpy", "orjson", "requests", "jsonschema", "yaml",
    "pandas",
}  # fmt: skip
TIMEOUT_S = 120
# conftest.py closes it.
until_the_end = ExitStack()


@dataclass
class Command:
    """A command that was started, much like subprocess.Popen. What it prints goes to files, so it never waits."""

    arguments: list[str]
    report: socket.socket
    printed: tuple[IO[str], IO[str]]
    returncode: int | None = None

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, or the negative number of the signal that ended it."""
        if self.returncode is None:
            with self.report, self.report.makefile() as line:
                self.returncode = int(line.read())
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        """Wait until it has ended; return what it printed, and what it complained of."""
        self.wait()
        output, complaint = (read_and_close(file) for file in self.printed)
        return output, complaint


def read_and_close(file: IO[str]) -> str:
    """Return what others wrote to a file."""
    with file:
        file.seek(0)
        return file.read()


def run(arguments: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS...` in the project's folder, like subprocess.run with captured text."""
    command = start(arguments, env)
    output, complaint = command.communicate()
    return subprocess.CompletedProcess(arguments, command.wait(), output, complaint)


def start(arguments: list[str], env: Mapping[str, str], stdin: int | None = None) -> Command:
    """Start `python ARGUMENTS...` in the project's folder; the arguments begin with a file, or with -m or -c."""
    report, theirs = socket.socketpair()
    printed = (tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+"))  # noqa: SIM115
    with theirs, open(os.devnull) as nothing:
        files = [nothing.fileno() if stdin is None else stdin, *(file.fileno() for file in printed)]
        socket.send_fds(warm_python(), [b"."], [theirs.fileno(), *files])
    report.settimeout(TIMEOUT_S)
    report.sendall(json.dumps([arguments, dict(env)]).encode() + b"\n")
    return Command(arguments, report, printed)


@cache
def warm_python() -> socket.socket:
    """Return the way to this process's warm Python, which ends with it, or with `until_the_end`."""
    ours, theirs = socket.socketpair()
    known = [name for name in sys.modules if name.partition(".")[0] in WORTH_IMPORTING]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm", str(theirs.fileno()), *known],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    until_the_end.enter_context(process)
    until_the_end.enter_context(ours)
    return ours


def serve(control: socket.socket, modules: Iterable[str]) -> None:
    """Fork for each command that is asked for, until nobody can ask any more."""
    import_without_settings(modules)
    # What is here already is nobody's garbage; looking through it would copy its pages into each child.
    gc.freeze()
    while asked := socket.recv_fds(control, 1, 4):
        request, files, _, _ = asked
        if not request:
            return
        collect_children()
        if os.fork() == 0:
            control.close()
            keep(socket.socket(fileno=files[0]), files[1:])
        for file in files:
            os.close(file)


def import_without_settings(modules: Iterable[str]) -> None:
    """Import what can be; what needs settings refuses, and is left to the commands."""
    for name in modules:
        with suppress(Exception):
            importlib.import_module(name)
    from django.apps import apps
    from django.conf import settings

    assert not settings.configured
    assert not apps.app_configs


def collect_children() -> None:
    """Let go of children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep(report: socket.socket, files: list[int]) -> NoReturn:
    """Have a child do the command, and tell how it ended."""
    with report.makefile() as lines:
        arguments, environment = json.loads(lines.readline())
    child = os.fork()
    if child == 0:
        report.close()
        become(arguments, environment, files)
    for file in files:
        os.close(file)
    # As subprocess does, this leaves a Ctrl-C to the child.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    report.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(arguments: list[str], environment: dict[str, str], files: list[int]) -> NoReturn:
    """Be `python ARGUMENTS...`, with these as its standard files."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        execute(arguments)
        code = 0
    except SystemExit as end:
        code = exit_code(end)
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    leave(code)


def execute(arguments: list[str]) -> None:
    """Do what `python ARGUMENTS...` does."""
    match arguments:
        case ["-c", code, *rest]:
            sys.argv = ["-c", *rest]
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        case ["-m", module, *rest]:
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [path, *rest]:
            sys.argv = [path, *rest]
            runpy.run_path(path, run_name="__main__")


def exit_code(end: SystemExit) -> int:
    """Return what `sys.exit` was given as Python turns it into a number: what is none is printed."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def leave(code: int) -> NoReturn:
    """End as Python does, but without taking all modules apart: for a heap that was copied, that takes 0.3 s."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
