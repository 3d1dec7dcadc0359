"""`python leash.py COMMAND…` runs a program that would outlive the tests if they were killed, until its input ends."""

import subprocess
import sys
from threading import Thread


def run(command: list[str]) -> int:
    """Run a program, end it when standard input ends, and return its exit code."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def watch() -> None:
        sys.stdin.read()
        program.terminate()

    Thread(target=watch, daemon=True).start()
    return program.wait()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
