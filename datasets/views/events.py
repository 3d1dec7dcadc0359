"""A job's progress as server-sent events: what is sent is decided here, once, for event loops and for threads."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from threading import Lock
from typing import Any

import orjson
from django.db import connection
from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from datasets.errors import ServiceUnavailable, TooManyStreams
from datasets.models import ProcessingJob
from datasets.models.processing_job import UNFINISHED
from datasets.serializers import JobSerializer
from datasets.services.watching import LOOK_EVERY_S, watch

# In one process, and of one account there.
MOST_STREAMS, MOST_STREAMS_EACH = 1_000, 20
LONGEST_STREAM_S = 60.0
HEARTBEAT_EVERY_S = 10.0
HEARTBEAT = b": still here\n\n"


class Places:
    """Places for streams: some for everybody together, and fewer for one account."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[Any] = Counter()

    def take(self, whose: Any) -> None:
        """Take one for an account; TooManyStreams if it has its share, ServiceUnavailable if all are taken."""
        with self._lock:
            if self._taken[whose] >= MOST_STREAMS_EACH:
                raise TooManyStreams(MOST_STREAMS_EACH)
            if self._taken.total() >= MOST_STREAMS:
                raise ServiceUnavailable(
                    "Too many event streams are open. Ask for the job itself, or try again shortly."
                )
            self._taken[whose] += 1

    def give_back(self, whose: Any) -> None:
        """Let others have one."""
        with self._lock:
            self._taken[whose] -= 1
            if not self._taken[whose]:
                del self._taken[whose]


places = Places()


class EventStreamRenderer(BaseRenderer):
    """Lets clients ask for text/event-stream; what it renders itself are errors, as JSON."""

    media_type = "text/event-stream"
    format = "sse"
    charset = None

    def render(self, data: object, accepted_media_type: str | None = None, renderer_context: object = None) -> bytes:
        """Write an error as JSON."""
        return orjson.dumps(data, default=str)


class EventStream(StreamingHttpResponse):
    """Holds a place until the server closes it, however the client leaves.

    An event loop runs `watch`; a server of threads alone, as in development, iterates over it and waits.
    """

    def __init__(self, job: ProcessingJob, *, whose: Any, places: Places | None) -> None:
        if places:
            places.take(whose)
        super().__init__(events(job), content_type="text/event-stream")
        self.headers["Cache-Control"] = "no-cache"
        self.headers["X-Accel-Buffering"] = "no"
        self._job, self._whose, self._places = job, whose, places

    def watch(self, gone: "asyncio.Future[Any]") -> AsyncIterator[bytes]:
        """Yield the events in an event loop, until the client has gone."""
        return watched_events(self._job, gone)

    def close(self) -> None:
        """Give the place back, once."""
        super().close()
        if self._places:
            places, self._places = self._places, None
            places.give_back(self._whose)


class Story:
    """What of a job was told, and what is new."""

    def __init__(self) -> None:
        self._last_seen: dict[str, Any] = {}
        self._last_sent, self._silent_since = b"", time.monotonic()
        self._ends_at = time.monotonic() + LONGEST_STREAM_S
        self.is_over = False

    def news(self, job: ProcessingJob) -> bytes:
        """Return the event of a job as it is now, a sign of life, or nothing."""
        self.is_over = job.status not in UNFINISHED or time.monotonic() > self._ends_at
        # A thousand who watch are told twice a second, mostly of nothing new: that has to cost the loop nothing.
        seen = {name: value for name, value in vars(job).items() if name != "_state"}
        is_news, self._last_seen = seen != self._last_seen, seen
        shaped = orjson.dumps(JobSerializer(job).data, default=str) if is_news else self._last_sent
        if shaped != self._last_sent:
            self._last_sent, self._silent_since = shaped, time.monotonic()
            return b"event: job\ndata: " + shaped + b"\n\n"
        if time.monotonic() > self._silent_since + HEARTBEAT_EVERY_S:
            self._silent_since = time.monotonic()
            return HEARTBEAT
        return b""


def events(job: ProcessingJob) -> Iterator[bytes]:
    """Yield the job whenever it changes, until it ends or the time is up; a comment now and then in between."""
    story = Story()
    while True:
        if part := story.news(job):
            yield part
        if story.is_over:
            return
        # A connection held for a minute would be missing from the pool.
        connection.close()
        time.sleep(LOOK_EVERY_S)
        if (now := ProcessingJob.objects.filter(id=job.id).first()) is None:
            return
        job = now


async def watched_events(job: ProcessingJob, gone: "asyncio.Future[Any]") -> AsyncIterator[bytes]:
    """Yield the same without a thread or a connection of its own."""
    loop, seen, story = asyncio.get_running_loop(), asyncio.Queue[ProcessingJob | None](), Story()

    def tell(now: ProcessingJob | None) -> None:
        loop.call_soon_threadsafe(seen.put_nowait, now)

    gone.add_done_callback(lambda _: seen.put_nowait(None))
    with watch.watching(job.id, tell):
        now: ProcessingJob | None = job
        while now is not None and not gone.done():
            if part := story.news(now):
                yield part
            if story.is_over:
                return
            now = await seen.get()
