"""`python -m fltr_project`, which is what `make run` does: generate the settings that are missing, then serve."""

import os
import signal
import sys


def main() -> None:
    """Generate the settings that are missing, and serve."""
    # Until `serve` takes the signals over there is nothing to tidy up, and Python would answer with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from django.core.management import execute_from_command_line

    from fltr_project.configuration.generation import prepare_settings
    from fltr_project.configuration.kinds import refused_in_one_sentence

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")
    with refused_in_one_sentence():
        prepare_settings()
        execute_from_command_line([sys.argv[0], "serve", "--as-make-run", *sys.argv[1:]])


if __name__ == "__main__":
    main()
