"""Django as WSGI has it: behind the door (asgi.py), and for any WSGI server."""

import os
import threading

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.urls import get_resolver
from django.utils.http import parse_header_parameters

from fltr_project.configuration.kinds import refused_in_one_sentence
from fltr_project.run.tracing import start_tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")

# More than any limit of ours lets through.
LENGTH_UNTOLD = str(2**40)


class Request(WSGIRequest):
    """A request that is UTF-8, whose body may be sent in chunks without telling its length."""

    def __init__(self, environ: dict[str, object]) -> None:
        # The server ends such a body itself; Django would read as much as was announced, which is nothing.
        if environ.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in environ:
            environ["CONTENT_LENGTH"] = environ.get("CONTENT_LENGTH") or LENGTH_UNTOLD
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        # Django would decode the query by whatever codec is named here, and fail before anybody could answer.
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}
            meta["CONTENT_TYPE"] = ""


class Handler(WSGIHandler):
    """Django's handler, for our requests."""

    request_class = Request


def warm_up() -> None:
    """Load what the first requests need before they come, so that none of them waits for it."""
    from authbridge.databases.checks import log_database_checks
    from datasets.services.machinery import load_model, open_vector_store
    from fltr_project.run.beginning import note_prices_in_force

    get_resolver().url_patterns  # noqa: B018 - reading it imports all views
    load_model()
    # Beside the first requests: it takes a second or two, and much longer where something does not answer.
    for task in (open_vector_store, log_database_checks, note_prices_in_force):
        threading.Thread(target=task, name="warm-up", daemon=True).start()


with refused_in_one_sentence():
    django.setup(set_prefix=False)
    start_tracing("fltr-web")
application = Handler()
warm_up()
