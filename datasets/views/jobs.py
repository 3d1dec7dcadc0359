"""Jobs over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.errors import Conflict
from datasets.models import ProcessingJob
from datasets.selectors import find_job
from datasets.serializers import JobSerializer
from datasets.services import jobs


class JobViewSet(viewsets.GenericViewSet[ProcessingJob]):
    """Background work on one's own documents."""

    queryset = ProcessingJob.objects.none()
    serializer_class = JobSerializer
    permission_classes = [IsAuthenticated]
    lookup_value_regex = "[^/]+"

    def retrieve(self, request: Request, pk: str) -> Response:
        """One job."""
        return Response(JobSerializer(find_job(request.user, pk)).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a job that has not ended; its document fails and its credits go back."""
        job = find_job(request.user, pk)
        if not jobs.cancel(job):
            raise Conflict("This job has already ended.")
        return Response(JobSerializer(find_job(request.user, pk)).data)
