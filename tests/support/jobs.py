"""Background work, done in the test's own thread."""

from datasets.models import ProcessingJob
from datasets.services import jobs, processing


def do_jobs() -> list[ProcessingJob]:
    """Do every job that is due, one after the other, as a worker would; return them as they are now."""
    done = []
    while job := jobs.claim("worker of the tests"):
        processing.run(job)
        done.append(job.pk)
    return list(ProcessingJob.objects.filter(pk__in=done))
