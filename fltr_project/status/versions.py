"""What runs here. FLTR has no release numbers yet: its commit says which it is, where it was installed by git."""

import functools
import platform
import subprocess

import django
from django.conf import settings

from fltr_project.configuration.environment import BASE_DIR

GIT_TIMEOUT_S = 2


@functools.cache
def commit() -> str | None:
    """Return the commit that is checked out here; None in an image or a copy without git."""
    command = ["git", "-C", str(BASE_DIR), "rev-parse", "--short=12", "HEAD"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    # An installation may lie within somebody else's repository.
    return told.stdout.strip() if (BASE_DIR / ".git").exists() else None


def versions() -> dict[str, str | None]:
    """Return the version of each thing that can be told without asking a server."""
    return {
        "api": str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        "commit": commit(),
        "python": platform.python_version(),
        "django": django.get_version(),
    }
