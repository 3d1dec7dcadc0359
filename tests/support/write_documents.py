"""`python -m tests.support.write_documents`: the half of `make format` that writes into documents."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")
    django.setup()
    # What is repeated is declared in models, too, which need Django to be set up.
    from tests.support.documents import main

    main()
