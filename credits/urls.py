"""Paths of the credits API, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from credits.views import ApiKeyViewSet, CreditsViewSet, ServiceCallViewSet, TeamMemberViewSet, TeamViewSet

router = SimpleRouter(trailing_slash=False)
router.register("credits", CreditsViewSet, basename="credits")
router.register("credits", ServiceCallViewSet, basename="service-call")
router.register("api-keys", ApiKeyViewSet, basename="api-key")
router.register("teams", TeamViewSet, basename="team")
router.register(r"teams/(?P<team>[^/]+)/members", TeamMemberViewSet, basename="team-member")

urlpatterns = router.urls
