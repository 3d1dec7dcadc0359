"""Paths of the datasets API, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from datasets.views import DatasetViewSet, DocumentViewSet, EmbeddingSearchViewSet, JobViewSet, SearchViewSet

router = SimpleRouter(trailing_slash=False)
router.register("datasets", DatasetViewSet, basename="dataset")
router.register(r"datasets/(?P<dataset>[^/]+)/documents", DocumentViewSet, basename="document")
router.register("jobs", JobViewSet, basename="job")
router.register("mcp", SearchViewSet, basename="mcp")
router.register("embeddings", EmbeddingSearchViewSet, basename="embedding")

urlpatterns = router.urls
