"""Paths of the credits API, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from credits.views import ApiKeyViewSet, CreditsViewSet

router = SimpleRouter(trailing_slash=False)
router.register("credits", CreditsViewSet, basename="credits")
router.register("api-keys", ApiKeyViewSet, basename="api-key")

urlpatterns = router.urls
