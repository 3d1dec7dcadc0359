#!/usr/bin/env python
"""Django's command-line entry point."""

import os
import sys


def main() -> None:
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")
    from django.core.management import execute_from_command_line

    from fltr_project.configuration.kinds import refused_in_one_sentence

    with refused_in_one_sentence():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
