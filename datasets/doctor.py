"""Does every dataset have an owner, does work get done, and are the vector store, the storage and the disk there?"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone

from authbridge.shared.findings import Finding, green, red, run_in, some, yellow
from authbridge.shared.triggers import missing_triggers, way_back
from datasets import counters, storage
from datasets.errors import VectorStoreError
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.wholeness.forecast import waiting_rebuilds
from datasets.indexing.wholeness.looking import find_lacks
from datasets.indexing.wholeness.remembering import incomplete
from datasets.models import ChoreRun, Dataset, Document, ProcessingJob
from datasets.selectors import waiting_jobs
from datasets.services.orphans import orphans, owners
from datasets.services.rebuilding import WAYS_OUT, lost_sources
from datasets.services.reconcile import PAYABLES, stuck_refunds
from datasets.services.records import RESTORE
from datasets.services.standing import debts

VECTOR_STORE_TIMEOUT_S = 3.0
# A worker looks for jobs twice a second, so whoever waits this long waits for a worker that is not there.
LONGEST_WAIT = timedelta(minutes=10)
START_A_WORKER = "Start a worker (manage.py runworker, or all of it by make run), and look at its log."
WAIT_FOR_NIGHT = "A worker counts them anew each night."
# Looking at a dataset takes a hundredth of a second.
LOOKED_AT_NOW = 20
LITTLE_SPACE_MB, NO_SPACE_MB = 2_048, 500


def examine_datasets(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at datasets and jobs, as far as their tables are there."""
    if Dataset._meta.db_table in tables:
        yield examine_owners()
    if {Dataset._meta.db_table, Document._meta.db_table} <= tables.keys():
        yield examine_counts()
    if ProcessingJob._meta.db_table in tables:
        yield examine_jobs()
    if {model._meta.db_table for model in PAYABLES} <= tables.keys():
        yield examine_debts()
    if {Dataset._meta.db_table, Document._meta.db_table, ProcessingJob._meta.db_table} <= tables.keys():
        yield from examine_index()
    if ChoreRun._meta.db_table in tables:
        yield from examine_chores()


def examine_owners() -> Finding:
    """Look for datasets whose owner is gone."""
    people = owners()
    lost = orphans(people)
    if not lost:
        return green("orphans", f"Every dataset has an owner who is there ({len(people)} owners).")
    gone = list(dict.fromkeys(str(dataset.owner_id) for dataset in lost))
    if len(gone) == len(people):
        return yellow(
            "orphans",
            f"Not one of the {len(people)} owners of datasets is a user here.",
            "Check that AUTH_DATABASE_URL is the site's DATABASE_URL. If it is, the site has to restore its users.",
        )
    return yellow(
        "orphans",
        f"{len(lost)} datasets belong to {len(gone)} users who are not there: {some(gone, most=3)}.",
        "If these users were deleted on purpose: manage.py delete_orphans. Else the site has to restore them.",
    )


def examine_counts() -> Finding:
    """Look whether the database counts documents, by which datasets have their states."""
    vendor, documents = connections["default"].vendor, Document._meta.db_table
    if absent := missing_triggers("default", documents, counters.TRIGGERS[vendor]):
        return red(
            "counts", f"Documents are not counted: the trigger {absent[0]} is missing or disabled.", put_up(absent[0])
        )
    if wrong := counters.wrong_counts():
        return yellow("counts", f"{len(wrong)} datasets have other numbers of documents than they say.", WAIT_FOR_NIGHT)
    return green("counts", "Every dataset knows how many documents it has.")


def put_up(name: str) -> str:
    """Say how a trigger comes back, with the function that it calls."""
    vendor = connections["default"].vendor
    statements = [*counters.FUNCTIONS[vendor].values(), counters.TRIGGERS[vendor][name]]
    return run_in("fltr", way_back("default", Document._meta.db_table, name, *statements))


def examine_jobs() -> Finding:
    """Look for work that nobody takes."""
    waiting = waiting_jobs().count()
    oldest = waiting_jobs().order_by("run_after").values_list("run_after", flat=True).first()
    if oldest is None or timezone.now() - oldest < LONGEST_WAIT:
        return green("jobs", f"{waiting} jobs wait for a worker.")
    since = f"{oldest:%Y-%m-%d %H:%M} UTC"
    return yellow("jobs", f"{waiting} jobs wait for a worker, the first since {since}.", START_A_WORKER)


def examine_debts() -> Finding:
    """Look for what was paid for nothing and cannot be given back."""
    stuck = stuck_refunds()
    if not stuck:
        due, _ = debts()
        return green("debts", f"{due} refunds are due, and none is stuck.")
    names = some(
        f"{intent.price} to {intent.payer_type} {intent.payer_id} for {intent.charge_key} ({intent.stuck_because})"
        for intent in stuck
    )
    return yellow(
        "debts",
        f"{sum(intent.price for intent in stuck)} credits are owed and cannot be given back: {names}.",
        "They are tried again every minute: make room in these balances, or look at the rules of the user database.",
    )


def examine_index() -> Iterator[Finding]:
    """Look for vectors that are missing: in the newest datasets now, in all as they were last seen."""
    try:
        get_vector_store().ping(VECTOR_STORE_TIMEOUT_S)
    except VectorStoreError:
        # Which is a finding of its own.
        return
    newest = Dataset.objects.active().filter(documents_answering__gt=0).order_by("-created_at")[:LOOKED_AT_NOW]
    seen = {dataset.id: sum(lack.missing for lack in find_lacks(dataset)) for dataset in newest}
    before = incomplete().exclude(id__in=seen).values_list("id", "chunks_missing")
    missing = {id: chunks for id, chunks in [*seen.items(), *before] if chunks}
    if missing:
        ids = some([str(id) for id in missing], most=3)
        sentence = f"{sum(missing.values())} chunks of {len(missing)} datasets are missing in the index: {ids}."
        yield red("index", f"{sentence} Queries of these are refused.", rebuild_advice())
    else:
        yield green("index", f"No vectors are missing ({len(seen)} datasets looked at now, the others by night).")


def rebuild_advice() -> str:
    """Say what to do about missing vectors, and about documents for which that will not do."""
    waiting, lost = waiting_rebuilds().count(), lost_sources()
    advice = f"manage.py rebuild_vectors makes them again ({waiting} documents are queued)."
    if not lost:
        return advice
    ids = some([str(job.document_id) for job in lost], most=3)
    return f"{advice} {len(lost)} documents have neither text nor file: {ids}. To mend these, {WAYS_OUT}"


def examine_chores() -> Iterator[Finding]:
    """Say when each chore was last done, and look for those that nobody does or that went wrong."""
    for run in ChoreRun.objects.order_by("name"):
        last = f"last done {run.finished_at:%Y-%m-%d %H:%M} UTC" if run.finished_at else "not done yet"
        if run.name == RESTORE and run.error:
            yield red("restore", run.error, "Run that command again: what is here now is partly old and partly new.")
        elif run.error:
            yield red("chores", f"{run.name}: {last}, and it failed: {run.error}", "The worker's log has more of it.")
        elif timezone.now() - run.due_at > LONGEST_WAIT:
            yield yellow("chores", f"{run.name}: {last}, due since {run.due_at:%Y-%m-%d %H:%M} UTC.", START_A_WORKER)
        else:
            yield green("chores", f"{run.name}: {last}. {run.outcome}".strip())


def examine_vector_store() -> Iterator[Finding]:
    """Ask whatever keeps the vectors."""
    is_embedded = not settings.VECTOR_STORE_URI
    what = "The embedded vector engine" if is_embedded else "Milvus"
    try:
        get_vector_store().ping(VECTOR_STORE_TIMEOUT_S)
    except VectorStoreError as error:
        if is_embedded:
            yield yellow("milvus", f"{what} does not run.", "make run (or manage.py serve) starts it.")
        else:
            advice = "Check that it runs, and that VECTOR_STORE_URI and VECTOR_STORE_TOKEN are right."
            yield red("milvus", f"{what}: {error}", advice)
    else:
        yield green("milvus", f"{what} answers.")


def examine_storage() -> Iterator[Finding]:
    """Write into the folders that hold what people uploaded, and look how much room their disks have."""
    disks: dict[int, Path] = {}
    for folder, setting in {settings.DATA_DIR: "DATA_DIR", storage.root(): "STORAGE_URL"}.items():
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        disks.setdefault(nearest.stat().st_dev, nearest)
        if problem := why_not_writable(nearest):
            advice = f"Make it writable for this user, or set {setting} to a folder that is."
            yield red("storage", f"{folder} cannot be written: {problem}.", advice)
        else:
            yield green("storage", f"{folder} can be written.")
    for folder in disks.values():
        yield examine_space(folder)


def why_not_writable(folder: Path) -> str:
    """Try it with a file of its own; empty if it went well."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    return ""


def examine_space(folder: Path) -> Finding:
    """Look how full the disk is."""
    free_mb = shutil.disk_usage(folder).free // 1024**2
    sentence = f"The disk of {folder} has {free_mb:,} MB free."
    advice = "Free some space: uploads fail when it is full, and so do embedded databases and vectors."
    if free_mb < NO_SPACE_MB:
        return red("disk", sentence, advice)
    return yellow("disk", sentence, advice) if free_mb < LITTLE_SPACE_MB else green("disk", sentence)
