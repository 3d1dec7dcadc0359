"""Datasets, documents and jobs for staff: to look at; the services change them, since money and vectors hang on it."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.decorators import action, display

from authbridge.staff import OwnedAdmin, note_action
from credits.services import AuditAction, note_act
from datasets.models import Dataset, Document, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.services import jobs

STATUS_COLOURS = {
    "ready": "success",
    "succeeded": "success",
    "processing": "info",
    "running": "info",
    "failed": "danger",
    "cancelled": "warning",
}


class AdminWithStatus(OwnedAdmin):
    """Shows rows that have a status, in its colour."""

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def status_label(self, row: Dataset | Document | ProcessingJob) -> str:
        """Give each status its colour."""
        return row.status


@admin.register(Dataset)
class DatasetAdmin(AdminWithStatus):
    """Datasets of all people."""

    owner_field = "owner_id"
    list_display = ["name", "owner", "visibility", "status_label", "lifecycle", "document_count", "created_at"]
    list_filter = ["status", "visibility", "lifecycle", "created_at"]
    readonly_fields = ["owner"]
    search_ids = ("id", "transaction_id")
    search_texts = ("name", "slug")
    search_help_text = "Name, slug or id; e-mail address, name or id of the owner"
    fields = [
        "id", "name", "slug", "owner", "owner_id", "description", "category", "visibility", "status", "lifecycle",
        "document_count", "embedding_model", "embedding_dimension", "collection_name", "metadata", "price",
        "transaction_id", "refund_due", "created_at", "updated_at",
    ]  # fmt: skip


@admin.register(Document)
class DocumentAdmin(AdminWithStatus):
    """Documents of all datasets."""

    owner_field = "dataset__owner_id"
    list_select_related = ["dataset"]
    list_display = ["filename", "dataset", "owner", "status_label", "size", "chunk_count", "created_at"]
    list_filter = ["status", "lifecycle", "created_at"]
    readonly_fields = ["owner", "size"]
    search_ids = ("id", "dataset_id")
    search_texts = ("filename",)
    search_help_text = "File name; id of the document or dataset; e-mail address, name or id of the owner"
    fields = [
        "id", "filename", "dataset", "owner", "mime_type", "size", "content_hash", "status", "error", "lifecycle",
        "version", "attempt", "chunk_count", "credits_charged", "metadata", "processing_time_ms", "created_at",
        "updated_at", "processed_at",
    ]  # fmt: skip

    @display(description="Size", ordering="file_size")
    def size(self, document: Document) -> str:
        """Return the file's size as people read it."""
        return filesizeformat(document.file_size)


@admin.register(ProcessingJob)
class ProcessingJobAdmin(AdminWithStatus):
    """Background work. An unfinished job can be cancelled, which gives its credits back."""

    actions = ["cancel"]
    owner_field = "dataset__owner_id"
    list_select_related = ["dataset", "document"]
    list_display = ["created_at", "kind", "status_label", "document", "owner", "percent", "retries"]
    list_filter = ["status", "kind", "refund_due", "created_at"]
    readonly_fields = ["owner", "percent"]
    search_ids = ("id", "document_id", "dataset_id", "transaction_id")
    search_texts = ("document__filename",)
    search_help_text = "Id of the job, document or dataset; file name; e-mail address, name or id of the owner"
    fields = [
        "id", "kind", "status", "stage", "percent", "retries", "error", "dataset", "document", "owner", "version",
        "price", "transaction_id", "refund_due", "leased_by", "lease_until", "run_after", "created_at", "started_at",
        "finished_at",
    ]  # fmt: skip

    @display(description="Progress", ordering="progress")
    def percent(self, job: ProcessingJob) -> str:
        """Return the progress as people read it."""
        return f"{job.progress:.0%}"

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Let those cancel jobs who may change them."""
        return request.user.has_perm("datasets.change_processingjob")

    @action(description="Cancel selected jobs and give their credits back", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[ProcessingJob]) -> None:
        """Cancel those that have not ended; a purge goes on, or vectors would stay behind."""
        cancelled = [job for job in queryset.filter(kind=JobKind.PROCESS).select_related("dataset") if jobs.cancel(job)]
        for job in cancelled:
            note_action(request, job, job.id, "Cancelled.")
            note_cancelled(job)
        messages.success(request, f"Cancelled: {len(cancelled)}.")


def note_cancelled(job: ProcessingJob) -> None:
    """Note who cancelled a job of somebody's, and what it had cost."""
    note_act(
        AuditAction.CANCEL_JOB,
        subject=("job", job.id),
        user_id=job.dataset.owner_id,
        before={"status": job.status, "credits": job.price},
        after={"status": JobStatus.CANCELLED, "credits": 0},
        document_id=job.document_id,
    )
