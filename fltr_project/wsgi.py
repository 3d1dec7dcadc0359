"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")


def warm_up() -> None:
    """Load what the first requests need before they come, in one thread, so that none of them waits for it."""
    from datasets.embeddings import get_embedder

    get_resolver().url_patterns  # noqa: B018 - reading it imports all views
    get_embedder()


application = get_wsgi_application()
warm_up()
