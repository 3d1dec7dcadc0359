"""The datasets API: translate requests, call services, shape answers."""

from datasets.views.datasets import DatasetViewSet
from datasets.views.documents import DocumentViewSet
from datasets.views.jobs import JobViewSet
from datasets.views.search import EmbeddingSearchViewSet, SearchViewSet
