"""Paths of the auth API, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from authbridge.views import AuthViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth", AuthViewSet, basename="auth")

urlpatterns = router.urls
