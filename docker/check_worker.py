"""Health check of the worker's container: exit code 0 if both databases and the vector store answer from here."""

import os

import django

# A pool would open connections beside the one that this asks with.
os.environ["DATABASE_POOL_SIZE"] = "0"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fltr_project.settings")
django.setup()

from fltr_project.http.health import PROBES  # noqa: E402

for probe in PROBES.values():
    probe.ask()
