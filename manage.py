#!/usr/bin/env python
"""Django's command-line entry point."""

import os
import sys


def main() -> None:
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")
    from django.core.management import execute_from_command_line

    from fltr_project.configuration.commands import databases_explained, with_alias_of_home
    from fltr_project.configuration.kinds import refused_in_one_sentence
    from fltr_project.run.tests import replace_by_pytest

    if sys.argv[1:2] == ["test"]:
        replace_by_pytest(sys.argv[2:])
    with refused_in_one_sentence(), databases_explained():
        execute_from_command_line(with_alias_of_home(sys.argv))


if __name__ == "__main__":
    main()
