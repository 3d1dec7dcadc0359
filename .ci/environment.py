"""Make .venv and keep it up to date: `python3 .ci/environment.py requirements.txt`, as `make` does for every target.

It changes nothing in a tenth of a second unless a requirements file changed, another Python was asked for, or an
earlier installation was interrupted. Written so that an old Python can still read it and say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
VENV = ".venv"
PYTHON = os.path.join(VENV, "bin", "python")
# Beside .venv's own files, so that they go when it goes.
INTERRUPTED = os.path.join(VENV, "installing")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "constraints.txt")
# What covers what: an environment for development also runs the product.
COVERED_BY = {"requirements.txt": ("requirements.txt", "requirements-dev.txt")}
ADVICE = "Install Python 3.11 or newer, or name one you have: PYTHON=python3.12 make run"


def main(requirements):
    """Bring the environment to what these requirements say."""
    if not is_usable():
        create()
    wanted = fingerprint()
    if not any(read(stamp(name)) == wanted for name in COVERED_BY.get(requirements, (requirements,))):
        install(requirements)
        write(stamp(requirements), wanted)


def is_usable():
    """Tell whether .venv is whole and made by the Python that was asked for; without PYTHON any will do."""
    if os.path.exists(INTERRUPTED) or not os.path.exists(PYTHON):
        return False
    version = version_of(PYTHON)
    return bool(version) and (version == version_here() or "PYTHON" not in os.environ)


def create():
    """Make .venv anew."""
    if sys.version_info < OLDEST:
        sys.exit(f"FLTR needs Python 3.11 or newer; {sys.executable} is {version_here()}. {ADVICE}")
    step(1, f"making {VENV} with Python {version_here()}")
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit("This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv. " + ADVICE)
    shutil.rmtree(VENV, ignore_errors=True)
    os.mkdir(VENV)
    # Until everything is installed: half an environment looks like a whole one.
    write(INTERRUPTED, "")
    venv.create(VENV, with_pip=True)


def install(requirements):
    """Install the pinned packages; a marker stays behind if that is interrupted, and the next call starts afresh."""
    step(2, f"installing what {requirements} lists (the first time takes a minute or two)")
    write(INTERRUPTED, "")
    code = subprocess.call(
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", requirements]
    )
    if code:
        sys.exit("Installing failed; the lines above say why. Check the network and call make again.")
    os.remove(INTERRUPTED)


def fingerprint():
    """Return what changes whenever a requirements file does."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS:
        digest.update(read(name).encode())
    return digest.hexdigest()


def version_here():
    """Return this Python's version, like 3.11.7."""
    return ".".join(str(part) for part in sys.version_info[:3])


def version_of(python):
    """Return another Python's version, or nothing if it no longer starts."""
    script = "import sys; print('.'.join(str(part) for part in sys.version_info[:3]))"
    try:
        return subprocess.check_output([python, "-c", script], stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def stamp(requirements):
    """Return the file that remembers what was installed."""
    return os.path.join(VENV, "installed-" + requirements)


def read(path):
    """Return a file's text, or nothing where there is none."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def write(path, text):
    """Write a file."""
    with open(path, "w") as file:
        file.write(text)


def step(number, sentence):
    """Say what is being done."""
    print(f"Step {number} of 2: {sentence}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; call make again to finish.")
