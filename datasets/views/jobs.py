"""Jobs over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from authbridge.shared.callers import caller_of
from authbridge.shared.errors import Conflict
from credits.permissions import HasScope
from datasets.models import ProcessingJob
from datasets.selectors import find_job
from datasets.serializers import JobSerializer
from datasets.services import jobs
from datasets.views.events import EventStream, EventStreamRenderer


class JobViewSet(viewsets.GenericViewSet[ProcessingJob]):
    """Background work on one's own documents."""

    queryset = ProcessingJob.objects.none()
    serializer_class = JobSerializer
    permission_classes = [IsAuthenticated, HasScope]
    required_scopes = {"retrieve": "documents:read", "events": "documents:read", "cancel": "documents:write"}
    lookup_value_regex = "[^/]+"

    def look_up(self) -> None:
        """Raise what the path deserves if it names nothing that this caller may see."""
        find_job(caller_of(self.request), self.kwargs["pk"])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One job."""
        return Response(JobSerializer(find_job(caller_of(request), pk)).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a job that has not ended; its document fails and its credits go back."""
        job = find_job(caller_of(request), pk)
        if not jobs.cancel(job):
            raise Conflict("This job has already ended.")
        return Response(JobSerializer(find_job(caller_of(request), pk)).data)

    @extend_schema(responses={(200, "text/event-stream"): JobSerializer})
    @action(detail=True, renderer_classes=[*api_settings.DEFAULT_RENDERER_CLASSES, EventStreamRenderer])
    def events(self, request: Request, pk: str) -> EventStream:
        """The job whenever it changes, as server-sent events, until it ends or a minute has passed."""
        return EventStream(find_job(caller_of(request), pk))
