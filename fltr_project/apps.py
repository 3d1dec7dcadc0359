"""The front door as a Django app: every process of an instance passes through it."""

import os

from django.apps import AppConfig

from fltr_project.run.processes import PARENT_PID, leave_with_parent


class FrontDoorConfig(AppConfig):
    """Puts the rooms together."""

    name = "fltr_project"

    def ready(self) -> None:
        """Register the system checks, and leave with the process that `serve` runs in, if that started this one."""
        from fltr_project.configuration import deploy_checks  # noqa: F401

        # Taken out, so that a process started from here does not look for a parent that is not its own.
        if parent_pid := os.environ.pop(PARENT_PID, ""):
            leave_with_parent(int(parent_pid))
