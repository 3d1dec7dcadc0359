"""Shapes of what the datasets API takes and answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from authbridge.shared.serializer_fields import MetadataField, TextField
from datasets.models import Dataset, Document, ProcessingJob
from datasets.models.dataset import DatasetStatus, Visibility
from datasets.models.document import DocumentStatus
from datasets.models.processing_job import JobStatus
from datasets.search.filters import MOST_FIELDS
from datasets.search.passages import HYBRID
from datasets.services.search import OPERATIONS
from datasets.storage.incoming import LONGEST_FILENAME, filename_problem

LONGEST_CONTENT = 1_000_000
LONGEST_QUERY = 1_000
MOST_RESULTS = 50
MOST_QUERIES = 10
ONE_DATASET = "All queries of a batch go to the one dataset that dataset_id beside them names."
FILTERS_HELP = "By metadata field: a value, a list (any of), or an object with gt, gte, lt, lte or ne."


class OwnerSerializer(serializers.Serializer):
    """Who owns a dataset; the name is null once the user is gone."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True)


class DatasetSerializer(serializers.ModelSerializer):
    """A dataset. The context's `owner_names` come from the user database, one query a page."""

    owner = serializers.SerializerMethodField()
    metadata = MetadataField()

    class Meta:
        model = Dataset
        fields = [
            "id", "name", "slug", "description", "category", "visibility", "status", "document_count",
            "embedding_model", "embedding_dimension", "collection_name", "metadata", "owner", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_owner(self, dataset: Dataset) -> OwnerSerializer:
        owner_id = dataset.owner_id
        return {"id": owner_id, "name": self.context["owner_names"].get(owner_id)}  # type: ignore[return-value]


class WriteDatasetSerializer(serializers.Serializer):
    """Body of POST and PATCH /datasets."""

    name = TextField(max_length=200)
    description = TextField(max_length=10_000, required=False, allow_blank=True)
    category = TextField(max_length=100, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    metadata = MetadataField(required=False)


class DatasetFilterSerializer(serializers.Serializer):
    """What the list of datasets can be narrowed and ordered by."""

    q = serializers.CharField(max_length=200, required=False, help_text="Part of name or description.")
    category = serializers.CharField(max_length=100, required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    status = serializers.ChoiceField(choices=DatasetStatus.choices, required=False)
    owner = serializers.ChoiceField(choices=["me"], required=False)
    ordering = serializers.ChoiceField(
        choices=["name", "-name", "created_at", "-created_at"], required=False, default="-created_at"
    )


class ErrorSerializer(serializers.Serializer):
    """Why a document or job failed."""

    code = serializers.CharField()
    message = serializers.CharField()


class DocumentSerializer(serializers.ModelSerializer):
    document_id = serializers.UUIDField(source="id")
    dataset_id = serializers.UUIDField()
    size_bytes = serializers.IntegerField(source="file_size")
    chunks_created = serializers.IntegerField(source="chunk_count")
    error = ErrorSerializer(allow_null=True)
    metadata = MetadataField()

    class Meta:
        model = Document
        fields = [
            "document_id", "dataset_id", "filename", "mime_type", "size_bytes", "content_hash", "status",
            "chunks_created", "error", "metadata", "credits_charged", "processing_time_ms", "created_at",
            "processed_at",
        ]  # fmt: skip
        read_only_fields = fields


class DocumentListSerializer(serializers.Serializer):
    """What several uploads at once answer."""

    documents = DocumentSerializer(many=True)


class FilenameField(TextField):
    """A document's name, under the rules that uploaded files' names are under."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what could not be a file's name."""
        name = super().to_internal_value(data)
        if problem := filename_problem(name):
            raise serializers.ValidationError(problem)
        return name


class DocumentMetadataSerializer(serializers.Serializer):
    """What is known of a document besides its text."""

    metadata = MetadataField(required=False, default=dict)


class TextDocumentSerializer(DocumentMetadataSerializer):
    """JSON body of POST …/documents."""

    content = TextField(max_length=LONGEST_CONTENT, trim_whitespace=False)
    filename = FilenameField(max_length=LONGEST_FILENAME, required=False, default="document.txt")


class FileUploadSerializer(serializers.Serializer):
    """Multipart body of POST …/documents."""

    file = serializers.ListField(child=serializers.FileField(allow_empty_file=True))
    metadata = serializers.CharField(required=False, help_text="A JSON object for all files.")


class UploadQuerySerializer(serializers.Serializer):
    """How an upload treats bytes that are there already."""

    duplicates = serializers.ChoiceField(choices=["allow"], required=False)


class ChangeDocumentSerializer(serializers.Serializer):
    """Body of PATCH …/documents/{id}."""

    filename = FilenameField(max_length=LONGEST_FILENAME, required=False)
    metadata = MetadataField(required=False)


class DocumentFilterSerializer(serializers.Serializer):
    """What the list of documents can be narrowed by."""

    status = serializers.ChoiceField(choices=DocumentStatus.choices, required=False)
    q = serializers.CharField(max_length=255, required=False, help_text="Part of the file name.")


class ChunkSerializer(serializers.Serializer):
    """A passage of a document's text: content is the text from start_char to end_char."""

    chunk_id = serializers.CharField()
    chunk_index = serializers.IntegerField()
    content = serializers.CharField()
    start_char = serializers.IntegerField()
    end_char = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)


class ContentSerializer(serializers.Serializer):
    """A document's whole extracted text, which all offsets count in."""

    document_id = serializers.UUIDField()
    filename = serializers.CharField()
    content = serializers.CharField()


class JobSerializer(serializers.ModelSerializer):
    document_id = serializers.UUIDField()
    dataset_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    error = ErrorSerializer(allow_null=True)

    class Meta:
        model = ProcessingJob
        fields = [
            "id", "document_id", "dataset_id", "status", "stage", "progress", "retries", "error", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


@extend_schema_field({"type": "object", "maxProperties": MOST_FIELDS, "additionalProperties": {}})
class FiltersField(serializers.JSONField):
    """Conditions on the documents' metadata; filters.py checks them."""


@extend_schema_field({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/QueryRequest"}]})
class QuestionField(serializers.JSONField):
    """A question, or a whole query of its own."""


class QuerySerializer(serializers.Serializer):
    query = TextField(max_length=LONGEST_QUERY)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=5)
    mode = serializers.ChoiceField(choices=list(OPERATIONS), default=HYBRID)
    rerank = serializers.BooleanField(default=False)
    filters = FiltersField(required=False, help_text=FILTERS_HELP)


class DatasetReferenceSerializer(serializers.Serializer):
    """The dataset that a body names."""

    dataset_id = TextField(max_length=100, help_text="Id or slug.")


class DatasetQuerySerializer(QuerySerializer, DatasetReferenceSerializer):
    """Body of POST /mcp/query."""


class EmbeddingSearchSerializer(DatasetReferenceSerializer):
    """Body of POST /embeddings/search."""

    query = TextField(max_length=LONGEST_QUERY)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=5)
    filters = FiltersField(required=False, help_text=FILTERS_HELP)


class BatchQuerySerializer(DatasetReferenceSerializer):
    """Body of POST /mcp/batch-query."""

    queries = serializers.ListField(min_length=1, max_length=MOST_QUERIES, child=QuestionField())
    limit = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=5)
    mode = serializers.ChoiceField(choices=list(OPERATIONS), default=HYBRID)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn strings into queries like the others."""
        shared = {"limit": attrs["limit"], "mode": attrs["mode"]}
        bodies = [{"query": item} if isinstance(item, str) else item for item in attrs["queries"]]
        if any(
            isinstance(body, dict) and body.get("dataset_id", attrs["dataset_id"]) != attrs["dataset_id"]
            for body in bodies
        ):
            raise serializers.ValidationError({"queries": [ONE_DATASET]})
        queries = [QuerySerializer(data={**shared, **body} if isinstance(body, dict) else body) for body in bodies]
        errors = {str(index): query.errors for index, query in enumerate(queries) if not query.is_valid()}
        if errors:
            raise serializers.ValidationError({"queries": errors})
        return {**attrs, "queries": [query.validated_data for query in queries]}


class HitSerializer(serializers.Serializer):
    """A passage that answers a query."""

    chunk_id = serializers.CharField()
    content = serializers.CharField()
    score = serializers.FloatField(min_value=0, max_value=1)
    metadata = MetadataField()
    document_id = serializers.UUIDField()
    filename = serializers.CharField()
    chunk_index = serializers.IntegerField()
    start_char = serializers.IntegerField()
    end_char = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)


class AnswerSerializer(serializers.Serializer):
    """The answer to a query."""

    results = HitSerializer(many=True)
    total = serializers.IntegerField()
    query_time_ms = serializers.FloatField()
    mode = serializers.CharField()


class BatchItemSerializer(serializers.Serializer):
    query = serializers.CharField()
    results = HitSerializer(many=True)


class BatchAnswerSerializer(serializers.Serializer):
    """The answers to a batch."""

    results = BatchItemSerializer(many=True)
    query_time_ms = serializers.FloatField()


class ListedDatasetSerializer(serializers.ModelSerializer):
    """A dataset as a tool sees it."""

    class Meta:
        model = Dataset
        fields = ["id", "name", "slug", "description", "document_count", "status"]
        read_only_fields = fields


class ToolSerializer(serializers.Serializer):
    name = serializers.CharField()
    method = serializers.CharField()
    url = serializers.CharField()
    description = serializers.CharField()


class ManifestSerializer(serializers.Serializer):
    """What this service offers to AI applications."""

    name = serializers.CharField()
    version = serializers.CharField()
    description = serializers.CharField()
    tools = ToolSerializer(many=True)
