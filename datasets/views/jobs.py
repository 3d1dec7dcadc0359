"""Jobs over HTTP."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from authbridge.shared.errors import Conflict
from authbridge.shared.views import ApiViewSet, action
from datasets.models import ProcessingJob
from datasets.selectors import find_job
from datasets.serializers import JobSerializer
from datasets.services import jobs
from datasets.views.events import EventStream, EventStreamRenderer, places


class JobViewSet(ApiViewSet):
    """Background work on one's own documents."""

    model = ProcessingJob

    def look_up(self) -> ProcessingJob:
        """Return the job in the path, if it is about this caller's documents."""
        return find_job(self.caller, self.kwargs["pk"])

    @action(scope="documents:read", answer=JobSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One job."""
        return Response(JobSerializer(self.look_up()).data)

    @action(detail=True, methods=["post"], scope="documents:write", answer=JobSerializer, failures=[409])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a job that has not ended; its document fails and its credits go back."""
        if not jobs.cancel(self.look_up()):
            raise Conflict("This job has already ended.")
        return Response(JobSerializer(self.look_up()).data)

    @action(
        detail=True,
        renderer_classes=[*api_settings.DEFAULT_RENDERER_CLASSES, EventStreamRenderer],
        scope="documents:read",
        answer={(200, "text/event-stream"): JobSerializer},
        places=places,
    )
    def events(self, request: Request, pk: str) -> EventStream:
        """The job whenever it changes, as server-sent events, until it ends or a minute has passed."""
        return EventStream(self.look_up(), whose=self.caller.user_id, places=self.declared.places)
