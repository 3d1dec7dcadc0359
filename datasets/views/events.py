"""A job's progress as server-sent events: one thread a stream, so few at once, and each ends after a while."""

import time
from collections.abc import Iterator
from threading import BoundedSemaphore

import orjson
from django.db import connection
from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from datasets.errors import ServiceUnavailable
from datasets.models import ProcessingJob
from datasets.models.processing_job import UNFINISHED
from datasets.serializers import JobSerializer

MOST_STREAMS = 4
LONGEST_STREAM_S = 60.0
LOOK_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 10.0

places = BoundedSemaphore(MOST_STREAMS)


class EventStreamRenderer(BaseRenderer):
    """Lets clients ask for text/event-stream; what it renders itself are errors, as JSON."""

    media_type = "text/event-stream"
    format = "sse"
    charset = None

    def render(self, data: object, accepted_media_type: str | None = None, renderer_context: object = None) -> bytes:
        """Write an error as JSON."""
        return orjson.dumps(data, default=str)


class EventStream(StreamingHttpResponse):
    """Holds one of the few places for streams until the server closes it, however the client leaves."""

    def __init__(self, job: ProcessingJob, places: BoundedSemaphore | None) -> None:
        if places and not places.acquire(blocking=False):
            raise ServiceUnavailable("Too many event streams are open. Ask for the job itself, or try again shortly.")
        super().__init__(events(job), content_type="text/event-stream")
        self.headers["Cache-Control"] = "no-cache"
        self.headers["X-Accel-Buffering"] = "no"
        self._place = places

    def close(self) -> None:
        """Give the place back, once."""
        super().close()
        if self._place:
            place, self._place = self._place, None
            place.release()


def events(job: ProcessingJob) -> Iterator[bytes]:
    """Yield the job whenever it changes, until it ends or the time is up; a comment now and then in between."""
    ends_at = time.monotonic() + LONGEST_STREAM_S
    last_sent, silent_since = b"", time.monotonic()
    while True:
        shaped = orjson.dumps(JobSerializer(job).data, default=str)
        if shaped != last_sent:
            yield b"event: job\ndata: " + shaped + b"\n\n"
            last_sent, silent_since = shaped, time.monotonic()
        elif time.monotonic() > silent_since + HEARTBEAT_EVERY_S:
            yield b": still here\n\n"
            silent_since = time.monotonic()
        if job.status not in UNFINISHED or time.monotonic() > ends_at:
            return
        # A connection held for a minute would be missing from the pool.
        connection.close()
        time.sleep(LOOK_EVERY_S)
        if (now := ProcessingJob.objects.filter(id=job.id).first()) is None:
            return
        job = now
